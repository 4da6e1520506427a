package identitymap

import (
	"context"
	"encoding/json"
	"fmt"
)

// send is a method of an Operator.
type send func(ctx context.Context, request []byte) (answer []byte, err error)

// exchange sends a request, and reads the body of the answer to it.
func exchange[T any](ctx context.Context, send send, request any) (*T, error) {
	payload, _ := json.Marshal(request) // it is made of texts, of which there is always JSON
	text, err := send(ctx, payload)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string
		Body   *T
	}
	if json.Unmarshal(text, &answer) != nil || answer.Status != "success" || answer.Body == nil {
		return nil, fmt.Errorf("%w: not the JSON of a success", ErrAnswer)
	}
	return answer.Body, nil
}
