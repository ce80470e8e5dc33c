package auth

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// encode returns the values with text keys as a JSON object.
func encode(values map[any]any) ([]byte, error) {
	object := make(map[string]any, len(values))
	for key, value := range values {
		if name, ok := key.(string); ok {
			object[name] = value
		}
	}
	data, err := json.Marshal(object)
	if err != nil {
		return nil, fmt.Errorf("encode session data: %w", err)
	}
	return data, nil
}

// decode reads what encode wrote.
func decode(data []byte) (map[any]any, error) {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("decode session data: %w", err)
	}
	values := make(map[any]any, len(object))
	for key, value := range object {
		values[key] = exact(value)
	}
	return values, nil
}

// exact turns the numbers in a decoded JSON value into int64 where they are whole, else into float64.
func exact(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}
		fraction, _ := v.Float64()
		return fraction
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case map[string]any:
		for key := range v {
			v[key] = exact(v[key])
		}
	}
	return value
}
