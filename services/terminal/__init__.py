"""What a person at a terminal sets and reads: environment, language, words, signs of life."""
