package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"sluice/internal/term"
)

// param is one argument of a tool, as the api's request has it.
type param struct {
	name, about string
	kind        string // of JSON Schema
	required    bool
}

// structuredParam asks for the api object beside the text.
const structuredParam = "structured"

// paramsOf lists the fields of a request in its order.
func paramsOf[In any]() (all []param) {
	s := schemaOf[In]()
	for _, name := range s.PropertyOrder {
		p := s.Properties[name]
		all = append(all, param{name, p.Description, kindOf(p), slices.Contains(s.Required, name)})
	}
	return append(all, param{structuredParam, "also return the result as structured content", "boolean", false})
}

// kindOf is a property's type; one that may also be null has two.
func kindOf(p *jsonschema.Schema) string {
	for _, t := range append(p.Types, p.Type) {
		if t != "null" && t != "" {
			return t
		}
	}
	return "string"
}

// schemaOf is the schema of an api object.
func schemaOf[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return s
}

// schema is what a client is told of the arguments. It is stricter than what is accepted: clients
// and models read the simple form best.
func schema(params []param) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, Required: []string{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for _, p := range params {
		one := &jsonschema.Schema{Type: p.kind, Description: p.about}
		if p.kind == "array" {
			one.Items = &jsonschema.Schema{Type: "string"}
		}
		s.Properties[p.name] = one
		s.PropertyOrder = append(s.PropertyOrder, p.name)
		if p.required {
			s.Required = append(s.Required, p.name)
		}
	}
	return s
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
	case "array":
		return p.list(v)
	case "integer", "number":
		return p.number(v)
	case "boolean":
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
	if n <= 0 || n < 1 && p.kind == "integer" {
		return nil, fmt.Errorf("%s is %v: name a number of 1 or more, or leave it out", p.name, v)
	}
	if p.kind == "integer" {
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
