package operator_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/uid2rtb/uid2rtb/operator"
)

func TestNewCredentials(t *testing.T) {
	for name, c := range map[string]struct{ apiKey, secret string }{
		"no API key":             {"", clientSecret},
		"space in the API key":   {"secretword x", clientSecret},
		"line in the API key":    {"secretword\r\nX-Other: y", clientSecret},
		"API key not ASCII":      {"secretwordé", clientSecret},
		"no secret":              {apiKey, ""},
		"secret not base64":      {apiKey, "secretword!"},
		"secret of 16 bytes":     {apiKey, base64.StdEncoding.EncodeToString(make([]byte, 16))},
		"secret of 33 bytes":     {apiKey, base64.StdEncoding.EncodeToString(make([]byte, 33))},
		"line after the secret":  {apiKey, clientSecret + "\n"},
		"secret without padding": {apiKey, strings.TrimRight(clientSecret, "=")},
	} {
		creds, err := operator.NewCredentials(c.apiKey, c.secret)
		if !errors.Is(err, operator.ErrCredentials) || !creds.IsZero() {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := err.Error(); strings.Contains(text, "secretword") || strings.Contains(text, clientSecret[:10]) || strings.Contains(text, apiKey) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestReveal(t *testing.T) {
	creds := credentials(t)
	if creds.RevealAPIKey() != apiKey || creds.RevealClientSecretText() != clientSecret || !bytes.Equal(creds.RevealClientSecret(), secret()) {
		t.Error("they are not what they were made of")
	}
	clear(creds.RevealClientSecret())
	if !bytes.Equal(creds.RevealClientSecret(), secret()) {
		t.Error("a caller changed the secret")
	}
	var none operator.Credentials
	if !none.IsZero() || none.RevealAPIKey() != "" || none.RevealClientSecret() != nil || none.RevealClientSecretText() != "" {
		t.Error("the zero Credentials are some")
	}
}

func TestCredentialsRedact(t *testing.T) {
	creds := credentials(t)
	hidden := struct{ c operator.Credentials }{creds} // fmt can't call methods of unexported fields
	client := newClient(t, "http://127.0.0.1:1")
	for _, v := range []any{creds, &creds, []operator.Credentials{creds}, struct{ C operator.Credentials }{creds}, hidden, &hidden, client} {
		var all strings.Builder
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&all, verb+"\n", v)
		}
		if text, err := json.Marshal(v); err == nil {
			all.Write(text)
		}
		slog.New(slog.NewTextHandler(&all, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&all, nil)).Info("x", "v", v)
		raw := secret()
		for _, banned := range []string{
			apiKey, clientSecret, string(raw), fmt.Sprint(raw)[1:40], fmt.Sprintf("%x", raw), fmt.Sprintf("%#v", raw[:4])[7:20],
			fmt.Sprintf("%x", apiKey)[:30], fmt.Sprintf("%q", raw)[1:20],
		} {
			if strings.Contains(all.String(), banned) {
				t.Errorf("%T prints %q", v, banned)
			}
		}
	}
	if text := fmt.Sprintf("%v %v %v", creds, client, client.String()); text != "[operator credentials] [operator client] [operator client]" {
		t.Error(text)
	}
	if text := creds.LogValue().String(); text != "[operator credentials]" {
		t.Error(text)
	}
	if text, _ := json.Marshal(creds); string(text) != `"[operator credentials]"` {
		t.Error(string(text))
	}
}
