package openrtb_test

import (
	"fmt"

	"github.com/uid2rtb/uid2rtb/openrtb"
)

// Only the annotation is added; every other byte stays the same.
func ExampleAnnotateRequest() {
	request := []byte(`{"id": "1", "user": {"eids": [{"source": "uidapi.com", "uids": [{"id": "token"}]}]}}`)
	annotated, err := openrtb.AnnotateRequest(nil, request, func(source openrtb.Source, id string) openrtb.Edit {
		return openrtb.Edit{Action: openrtb.Annotate, Annotation: openrtb.Annotation{Status: "ExpiredToken"}}
	})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s\n", annotated)
	// Output:
	// {"id": "1", "user": {"eids": [{"source": "uidapi.com", "uids": [{"id": "token","ext":{"uid2":{"status":"ExpiredToken"}}}]}]}}
}
