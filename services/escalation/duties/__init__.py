"""What a unit keeps doing after a whistle, slot by slot, to a date 常态巡查."""
