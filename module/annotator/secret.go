package annotator

import (
	"fmt"
	"os"
	"strings"
)

// secretSetting is a secret that stands in the configuration itself, in an environment variable, or in a file.
type secretSetting struct {
	inline, env, file scalar
}

// resolve reads the secret. Exactly one of the three places must be used. No error holds the secret.
func (s secretSetting) resolve(name string) (string, error) {
	places := 0
	for _, place := range []scalar{s.inline, s.env, s.file} {
		if !place.absent() {
			places++
		}
	}
	if places != 1 {
		return "", settingError(name, fmt.Sprintf("set exactly one of %[1]s, %[1]s_env and %[1]s_file", name))
	}
	switch {
	case !s.env.absent():
		secret := os.Getenv(s.env.text)
		if secret == "" {
			return "", settingError(name+"_env", "the environment variable that it names is empty")
		}
		return secret, nil
	case !s.file.absent():
		text, err := os.ReadFile(s.file.text)
		if err != nil {
			return "", fmt.Errorf("%w: %s_file: %w", ErrConfig, name, err)
		}
		secret := strings.TrimSpace(string(text))
		if secret == "" {
			return "", settingError(name+"_file", "the file is empty")
		}
		return secret, nil
	}
	return s.inline.text, nil
}
