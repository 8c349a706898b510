package number

import (
	"bytes"
	"encoding"
	"encoding/json"
	"io"
	"reflect"
	"strings"
)

// Write writes v as indented JSON, like encoding/json but for two things: floats that are NaN or infinite are the strings of
// Float wherever they stand, where encoding/json writes nothing at all and gives an error; and <, > and & stay as they are.
func Write(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(plain(reflect.ValueOf(v)))
}

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// plain is v made of what encoding/json can always write.
func plain(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if t := v.Type(); t.Implements(marshaler) || t.Implements(textMarshaler) {
		return v.Interface()
	}
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		if f := v.Float(); f-f != 0 {
			return Float(f)
		}
	case reflect.Pointer, reflect.Interface:
		return plain(v.Elem())
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && (v.IsNil() || v.Type().Elem().Kind() == reflect.Uint8) {
			return v.Interface()
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = plain(v.Index(i))
		}
		return list
	case reflect.Map:
		if v.IsNil() || v.Type().Key().Kind() != reflect.String {
			return v.Interface()
		}
		m := make(map[string]any, v.Len())
		for key, value := range v.Seq2() {
			m[key.String()] = plain(value)
		}
		return m
	case reflect.Struct:
		return members(nil, v)
	}
	return v.Interface()
}

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

// members appends the fields of a struct, those of embedded structs in place.
func members(o object, v reflect.Value) object {
	for i := range v.NumField() {
		field, value := v.Type().Field(i), v.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-" && options == "", !field.IsExported() && !field.Anonymous:
		case field.Anonymous && name == "" && value.Kind() == reflect.Struct:
			o = members(o, value)
		case options == "omitempty" && empty(value):
		default:
			if name == "" {
				name = field.Name
			}
			o = append(o, member{name, plain(value)})
		}
	}
	return o
}

// empty is what omitempty leaves out.
func empty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Slice, reflect.Map, reflect.Array, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(m.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
