"""Pure rules: states, commands, what they cause. No driver, no clock, no database."""
