package dii

import "strings"

// gmail is the domain with its own normalization rules. (googlemail.com is not treated like it.)
const gmail = "gmail.com"

// NormalizeEmail returns an email address in the form that operators hash, or ErrEmail.
func NormalizeEmail(text string) (string, error) {
	local, domain, ok := strings.Cut(text, "@")
	local = strings.ReplaceAll(lowerASCII(local), " ", "")
	domain = strings.TrimRight(lowerASCII(domain), " ")
	if !ok || domain == "" || strings.Contains(domain, "@") {
		return "", ErrEmail
	}
	if domain == gmail {
		local, _, _ = strings.Cut(local, "+")
		local = strings.ReplaceAll(local, ".", "")
	}
	if local == "" {
		return "", ErrEmail
	}
	return local + "@" + domain, nil
}

// lowerASCII works byte by byte, so text that isn't UTF-8 stays as it is.
func lowerASCII(text string) string {
	lower := []byte(text)
	for i, c := range lower {
		if 'A' <= c && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return string(lower)
}
