// Package args reads what callers of tools and endpoints mean by their arguments, and describes
// them as JSON Schema. Both come of the request types of package api, so that no name is written
// twice.
package args

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"sluice/internal/term"
)

// Param is one argument, as the api's request has it.
type Param struct {
	Name, About string
	Kind        string // of JSON Schema
	Required    bool
}

// Of lists the fields of a request in its order.
func Of[In any]() (all []Param) {
	s := SchemaOf[In]()
	for _, name := range s.PropertyOrder {
		p := s.Properties[name]
		all = append(all, Param{name, p.Description, kindOf(p), slices.Contains(s.Required, name)})
	}
	return all
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

// SchemaOf is the schema of an api object.
func SchemaOf[T any]() *jsonschema.Schema {
	s, err := jsonschema.For[T](nil)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	rawIsAnything(s)
	return s
}

// rawIsAnything lets JSON that is passed on as it came be any JSON: the library takes it for a list
// of bytes, which none of our types has.
func rawIsAnything(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	if i := s.Items; i != nil && i.Type == "integer" && i.Maximum != nil && *i.Maximum == math.MaxUint8 {
		*s = jsonschema.Schema{Description: s.Description}
		return
	}
	for _, p := range s.Properties {
		rawIsAnything(p)
	}
	for _, p := range s.Defs {
		rawIsAnything(p)
	}
	rawIsAnything(s.Items)
	rawIsAnything(s.AdditionalProperties)
}

// Schema is what a client is told of the arguments. It is stricter than what is accepted: clients
// and models read the simple form best.
func Schema(params []Param) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, Required: []string{},
		AdditionalProperties: &jsonschema.Schema{Not: &jsonschema.Schema{}}}
	for _, p := range params {
		one := &jsonschema.Schema{Type: p.Kind, Description: p.About}
		if p.Kind == "array" {
			one.Items = &jsonschema.Schema{Type: "string"}
		}
		s.Properties[p.Name] = one
		s.PropertyOrder = append(s.PropertyOrder, p.Name)
		if p.Required {
			s.Required = append(s.Required, p.Name)
		}
	}
	return s
}

// ErrNoObject says that arguments are no JSON object.
var ErrNoObject = errors.New("the arguments are not a JSON object")

// Read reads a call's arguments. Models and clients write what they mean in more than one way: null
// is absent, a string may stand for a list, a number or a truth.
func Read(callee string, raw json.RawMessage, params []Param) (map[string]any, error) {
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(raw)) > 0 && json.Unmarshal(raw, &given) != nil {
		return nil, ErrNoObject
	}
	clean := map[string]any{}
	for name, value := range given {
		i := slices.IndexFunc(params, func(p Param) bool { return p.Name == name })
		if i < 0 {
			return nil, unknown(callee, name, params)
		}
		v, err := params[i].read(value)
		if err != nil {
			return nil, err
		}
		if v != nil {
			clean[name] = v
		}
	}
	for _, p := range params {
		if _, ok := clean[p.Name]; p.Required && !ok {
			return nil, fmt.Errorf("%s is missing: %s", p.Name, p.About)
		}
	}
	return clean, nil
}

// Into makes a request of arguments that were read.
func Into(clean map[string]any, request any) error {
	whole, err := json.Marshal(clean)
	if err != nil {
		return err
	}
	return json.Unmarshal(whole, request)
}

// unknown names the arguments that there are, and the one that was meant.
func unknown(callee, name string, params []Param) error {
	all := make([]string, len(params))
	for i, p := range params {
		all[i] = p.Name
	}
	meant := "."
	if near := term.Nearest(name, all); near != "" {
		meant = fmt.Sprintf("; did you mean %s?", near)
	}
	return fmt.Errorf("%s has no argument %q%s It takes: %s", callee, name, meant, strings.Join(all, ", "))
}

// read gives a value the type that the request has; nil is absent.
func (p Param) read(raw json.RawMessage) (any, error) {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil || v == nil {
		return nil, err
	}
	switch p.Kind {
	case "array":
		return p.list(v)
	case "integer", "number":
		return p.number(v)
	case "boolean":
		if b, err := strconv.ParseBool(fmt.Sprint(v)); err == nil {
			return b, nil
		}
		return nil, fmt.Errorf("%s is %s: write true or false", p.Name, raw)
	}
	if s, ok := v.(string); ok {
		return s, nil
	}
	return nil, fmt.Errorf("%s is %s: write a string", p.Name, raw)
}

// number reads a number, or a string that is one, and refuses what asks for nothing: where a caller
// names none there is a default.
func (p Param) number(v any) (any, error) {
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
		return nil, fmt.Errorf("%s is %v: write a number", p.Name, v)
	}
	if n <= 0 || n < 1 && p.Kind == "integer" {
		return nil, fmt.Errorf("%s is %v: name a number of 1 or more, or leave it out", p.Name, v)
	}
	if p.Kind == "integer" {
		return int64(min(n, math.MaxInt32)), nil
	}
	return n, nil
}

// list reads a list of strings, or a string: one entry, a JSON list, or types with commas between
// them.
func (p Param) list(v any) (any, error) {
	switch v := v.(type) {
	case string:
		return p.listOf(v)
	case []any:
		all := []string{}
		for _, one := range v {
			s, ok := one.(string)
			if !ok && one != nil {
				return nil, fmt.Errorf("%s holds %v: write a list of strings", p.Name, one)
			}
			if s != "" {
				all = append(all, s)
			}
		}
		return all, nil
	}
	return nil, fmt.Errorf("%s is %v: write a list of strings", p.Name, v)
}

func (p Param) listOf(s string) (any, error) {
	s = strings.TrimSpace(s)
	var all []any
	switch {
	case s == "":
		return nil, nil
	case strings.HasPrefix(s, "[") && json.Unmarshal([]byte(s), &all) == nil:
		return p.list(all)
	case p.Name == "type": // no type has a comma in its name; paths and labels may
		return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' }), nil
	}
	return []string{s}, nil
}
