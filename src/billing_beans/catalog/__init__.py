"""What is sold, by whom, to whom, for how much: dated facts that a person may also add by hand (P1)."""
