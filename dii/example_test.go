package dii_test

import (
	"errors"
	"fmt"

	"github.com/uid2rtb/uid2rtb/dii"
)

// Two spellings of one address have the same hash, which is all that an operator sees.
func Example() {
	typed, err := dii.Email("  Jane.Doe+News@Gmail.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	stored, err := dii.Email("janedoe@gmail.com")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(typed.RevealHash() == stored.RevealHash())
	fmt.Println(typed) // prints, logs and marshals only its kind
	// Output:
	// true
	// [email]
}

// Phone numbers are accepted only in E.164 form: convert them first.
func ExamplePhone() {
	_, err := dii.Phone("(234) 567-8901")
	fmt.Println(errors.Is(err, dii.ErrPhone))
	user, err := dii.Phone("+12345678901")
	fmt.Println(user.RevealHash(), err)
	// Output:
	// true
	// EObwtHBUqDNZR33LNSMdtt5cafsYFuGmuY4ZLenlue4= <nil>
}

// If only hashes are stored, pass those, in base64 or in hexadecimal.
func ExampleHashedEmail() {
	user, err := dii.HashedEmail("b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514")
	fmt.Println(user.RevealHash(), err)
	// Output:
	// tMmiiTI7IaAcPpQPFQ65uMVCWH8av9jw4cwf/F5HVRQ= <nil>
}
