package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"sluice/internal/term"
)

// param is one argument of a tool, as the api's request has it.
type param struct {
	name, about string
	kind        reflect.Kind
	required    bool
}

// structuredParam asks for the api object beside the text.
const structuredParam = "structured"

// paramsOf lists the fields of a request.
func paramsOf[In any]() []param {
	all := fields(reflect.TypeFor[In]())
	return append(all, param{structuredParam, "also return the result as structured content", reflect.Bool, false})
}

func fields(t reflect.Type) (all []param) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			all = append(all, fields(f.Type)...)
			continue
		}
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, param{name, f.Tag.Get("jsonschema"), f.Type.Kind(), !strings.Contains(opts, "omitempty")})
	}
	return all
}

// schema is what a client is told of the arguments. It is stricter than what is accepted: clients
// and models read the simple form best.
func schema(params []param) map[string]any {
	properties := map[string]any{}
	required := []string{}
	for _, p := range params {
		one := map[string]any{"description": p.about}
		switch p.kind {
		case reflect.Slice:
			one["type"], one["items"] = "array", map[string]any{"type": "string"}
		case reflect.Int:
			one["type"] = "integer"
		case reflect.Float64:
			one["type"] = "number"
		case reflect.Bool:
			one["type"] = "boolean"
		default:
			one["type"] = "string"
		}
		properties[p.name] = one
		if p.required {
			required = append(required, p.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

// outputSchema is the schema of an api object: what may be null in JSON may be null here.
func outputSchema(t reflect.Type) map[string]any {
	nullable := func(name string) []string { return []string{name, "null"} }
	switch t.Kind() {
	case reflect.Pointer:
		one := outputSchema(t.Elem())
		if name, ok := one["type"].(string); ok {
			one["type"] = nullable(name)
		}
		return one
	case reflect.Slice:
		return map[string]any{"type": nullable("array"), "items": outputSchema(t.Elem())}
	case reflect.Array:
		return map[string]any{"type": "array", "items": outputSchema(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": nullable("object"), "additionalProperties": outputSchema(t.Elem())}
	case reflect.Struct:
		properties := map[string]any{}
		outputFields(t, properties)
		return map[string]any{"type": "object", "properties": properties}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "integer"}
}

func outputFields(t reflect.Type, into map[string]any) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			outputFields(f.Type, into)
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		into[name] = outputSchema(f.Type)
	}
}

// arguments reads a call's arguments into a request. Models and clients write what they mean in
// more than one way: null is absent, a string may stand for a list, a number or a truth.
func arguments(tool string, raw json.RawMessage, params []param, into any) (structured bool, err error) {
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 && json.Unmarshal(raw, &given) != nil {
		return false, errNoObject
	}
	clean := map[string]any{}
	for name, value := range given {
		i := slices.IndexFunc(params, func(p param) bool { return p.name == name })
		if i < 0 {
			return false, unknown(tool, name, params)
		}
		v, err := params[i].read(value)
		if err != nil {
			return false, err
		}
		if v != nil {
			clean[name] = v
		}
	}
	for _, p := range params {
		if _, ok := clean[p.name]; p.required && !ok {
			return false, fmt.Errorf("%s is missing: %s", p.name, p.about)
		}
	}
	structured, _ = clean[structuredParam].(bool)
	delete(clean, structuredParam)
	whole, err := json.Marshal(clean)
	if err != nil {
		return false, err
	}
	return structured, json.Unmarshal(whole, into)
}

// unknown names the arguments that there are, and the one that was meant.
func unknown(tool, name string, params []param) error {
	all := make([]string, len(params))
	for i, p := range params {
		all[i] = p.name
	}
	meant := "."
	if near := term.Nearest(name, all); near != "" {
		meant = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Errorf("%s has no argument %q%s It takes: %s", tool, name, meant, strings.Join(all, ", "))
}

// read gives a value the type that the request has; nil is absent.
func (p param) read(raw json.RawMessage) (any, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return nil, err
	}
	switch p.kind {
	case reflect.Slice:
		return p.list(v)
	case reflect.Int, reflect.Float64:
		return p.number(v)
	case reflect.Bool:
		if b, err := strconv.ParseBool(fmt.Sprint(v)); err == nil {
			return b, nil
		}
		return nil, fmt.Errorf("%s is %s: write true or false", p.name, raw)
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return nil, fmt.Errorf("%s is %s: write a string", p.name, raw)
}

// number reads a number, or a string that is one, and refuses what asks for nothing: where a caller
// names none there is a default.
func (p param) number(v any) (any, error) {
	n, ok := v.(float64)
	if s, isString := v.(string); isString {
		s = strings.TrimSpace(s)
		if s == "" {
			return nil, nil
		}
		var err error
		n, err = strconv.ParseFloat(s, 64)
		ok = err == nil
	}
	if !ok || math.IsNaN(n) || math.IsInf(n, 0) {
		return nil, fmt.Errorf("%s is %v: write a number", p.name, v)
	}
	if n <= 0 || n < 1 && p.kind == reflect.Int {
		return nil, fmt.Errorf("%s is %v: name a number of 1 or more, or leave it out", p.name, v)
	}
	if p.kind == reflect.Int {
		return int64(min(n, math.MaxInt32)), nil
	}
	return n, nil
}

// list reads a list of strings, or a string: one entry, a JSON list, or types with commas between
// them.
func (p param) list(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return p.listOf(v)
	case []any:
		all := []string{}
		for _, one := range v {
			s, ok := one.(string)
			if !ok && one != nil {
				return nil, fmt.Errorf("%s holds %v: write a list of strings", p.name, one)
			}
			if s != "" {
				all = append(all, s)
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("%s is %v: write a list of strings", p.name, v)
}

func (p param) listOf(s string) (any, error) {
	s = strings.TrimSpace(s)
	var all []any
	switch {
	case s == "":
		return nil, nil
	case strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &all) == nil:
		return p.list(all)
	case p.name == "type": // no type has a comma in its name; paths and labels may
		return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }), nil
	}
	return []string{s}, nil
}
