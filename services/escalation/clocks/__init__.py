"""Every waiting state has a clock 时钟: armed, then met or lifted, or missed and escalated."""
