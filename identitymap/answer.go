package identitymap

import (
	"context"
	"encoding/json"
	"fmt"
)

// send is a method of an Operator.
type send func(ctx context.Context, request []byte) (answer []byte, err error)

// exchange sends a request, and parses the body of the answer.
func exchange[T any](ctx context.Context, send send, request any) (*T, error) {
	payload, _ := json.Marshal(request) // marshaling strings can't fail
	text, err := send(ctx, payload)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string
		Body   *T
	}
	if json.Unmarshal(text, &answer) != nil || answer.Status != "success" || answer.Body == nil {
		return nil, fmt.Errorf("%w: its JSON doesn't report success", ErrAnswer)
	}
	return answer.Body, nil
}
