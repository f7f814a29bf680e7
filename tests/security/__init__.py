"""What is sent to the open internet, against those who would misuse it; counted by class."""
