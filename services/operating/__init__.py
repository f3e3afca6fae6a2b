"""What the operator's commands do, apart from how they are typed and printed."""
