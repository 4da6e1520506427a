package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nkeys"
)

// credentials writes the credentials of two users of one account, old.creds and new.creds, and two
// configurations: both.conf, with which both are let in, and new.conf, which revokes the first.
func credentials(dir string) error {
	operator, operatorID, err := pair(nkeys.CreateOperator)
	if err != nil {
		return err
	}
	account, accountID, err := pair(nkeys.CreateAccount)
	if err != nil {
		return err
	}
	_, systemID, err := pair(nkeys.CreateAccount)
	if err != nil {
		return err
	}
	system, err := jwt.NewAccountClaims(systemID).Encode(operator)
	if err != nil {
		return err
	}
	claims := jwt.NewOperatorClaims(operatorID)
	trusted, err := claims.Encode(operator)
	if err != nil {
		return err
	}
	users := make(map[string]string)
	for _, name := range []string{"old", "new"} {
		if users[name], err = user(filepath.Join(dir, name+".creds"), name, account); err != nil {
			return err
		}
	}
	is := jwt.NewAccountClaims(accountID)
	is.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
	for _, name := range []string{"both", "new"} {
		if name == "new" {
			is.Revoke(users["old"])
		}
		known, err := is.Encode(operator)
		if err != nil {
			return err
		}
		config := fmt.Sprintf("operator: %s\nsystem_account: %s\nresolver: MEMORY\nresolver_preload: {%s: %s, %s: %s}\n",
			trusted, systemID, systemID, system, accountID, known)
		if err := os.WriteFile(filepath.Join(dir, name+".conf"), []byte(config), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// pair makes a key pair.
func pair(create func() (nkeys.KeyPair, error)) (key nkeys.KeyPair, public string, err error) {
	if key, err = create(); err != nil {
		return nil, "", err
	}
	public, err = key.PublicKey()
	return key, public, err
}

// user writes the credentials of a new user of an account to a file.
func user(file, name string, account nkeys.KeyPair) (public string, err error) {
	key, public, err := pair(nkeys.CreateUser)
	if err != nil {
		return "", err
	}
	claims := jwt.NewUserClaims(public)
	claims.Name = name
	token, err := claims.Encode(account)
	if err != nil {
		return "", err
	}
	seed, err := key.Seed()
	if err != nil {
		return "", err
	}
	b, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		return "", err
	}
	return public, os.WriteFile(file, b, 0o600)
}
