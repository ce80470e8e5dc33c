package views

// Lower makes a heading fit for the middle of a sentence: "Users" is "users", "DNS records" stays.
func Lower(text string) string { return lower(text) }
