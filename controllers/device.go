package controllers

import "strings"

// Browsers and systems by what they say of themselves, in the order in which they are looked for: most say what others say too.
var (
	browsers = [][2]string{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"},
		{"CriOS", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"},
		{"Linux", "Linux"},
	}
)

// device names a browser and its system, as "Firefox on Windows". Of one that is not known it is what that says first.
func device(agent string) string {
	find := func(known [][2]string) string {
		for _, pair := range known {
			if strings.Contains(agent, pair[0]) {
				return pair[1]
			}
		}
		return ""
	}
	browser, system := find(browsers), find(systems)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "" || system != "":
		return browser + system
	}
	first, _, _ := strings.Cut(strings.TrimSpace(agent), " ")
	if first == "" {
		return "A program that does not say what it is"
	}
	if runes := []rune(first); len(runes) > 40 {
		return string(runes[:40]) + "…"
	}
	return first
}
