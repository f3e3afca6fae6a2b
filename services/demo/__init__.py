"""The story: Tongzhou's cases from the newspapers, played through the product's own doors.

Every player is a person at a screen: it looks at its lists and does what can be done now. Nothing
is remembered between two looks but what the product itself says, so a player may be killed too.
"""
