"""What people write into fields: texts, names, phones, codes, times; the same at every door."""
