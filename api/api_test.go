package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew; a field that goes or changes its name breaks the contract")

// full fills every field of a value, so that a golden file shows all of them.
func full(v reflect.Value, name string) {
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes([]byte(`{"any":"raw"}`))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		full(v.Elem(), name)
	case reflect.Struct:
		for i := range v.NumField() {
			full(v.Field(i), strings.ToLower(v.Type().Field(i).Name))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		full(v.Index(0), name)
	case reflect.Array:
		for i := range v.Len() {
			full(v.Index(i), name)
			if v.Index(i).CanInt() {
				v.Index(i).SetInt(int64(10 * (i + 1)))
			}
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		elem := reflect.New(v.Type().Elem()).Elem()
		full(elem, name)
		v.SetMapIndex(reflect.ValueOf("key").Convert(v.Type().Key()), elem)
	case reflect.String:
		v.SetString("<" + name + "> & more")
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Interface:
		v.Set(reflect.ValueOf(map[string]any{"any": true}))
	}
}

// contract lists every request and response.
var contract = map[string]any{
	"search": &Search{}, "context": &Context{}, "ask": &Ask{}, "why": &Why{}, "read": &Read{}, "status": &Status{},
	"sources": &Sources{}, "caches": &Caches{}, "check": &Check{}, "repair": &Repair{}, "backup": &Backup{}, "restore": &Restore{}, "quarantine": &Quarantine{},
	"add": &Add{}, "previews": &Previews{}, "forget": &Forget{}, "failure": &Failure{}, "health": &Health{},
	"model": &Model{}, "models": &Models{}, "model_check": &ModelCheck{}, "model_card": &ModelCard{},
	"search_request": &SearchRequest{}, "context_request": &ContextRequest{}, "ask_request": &AskRequest{}, "why_request": &WhyRequest{},
	"chat": &Chat{}, "chat_event": &ChatEvent{}, "chat_request": &ChatRequest{},
	"read_request": &ReadRequest{}, "feedback_request": &FeedbackRequest{}, "feedback": &Feedback{}, "add_request": &AddRequest{}, "sync_request": &SyncRequest{}, "forget_request": &ForgetRequest{}, "check_request": &CheckRequest{},
}

func TestTheContractStands(t *testing.T) {
	for name, v := range contract {
		full(reflect.ValueOf(v).Elem(), name)
		var got bytes.Buffer
		enc := json.NewEncoder(&got)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(v); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".json")
		if *update {
			if err := os.WriteFile(path, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%v; a new part of the contract is written down with -update", err)
			continue
		}
		if !bytes.Equal(want, got.Bytes()) {
			t.Errorf("%s differs from %s: fields may be added (-update), never renamed or removed\n%s", name, path, got.Bytes())
		}
	}
}

// TestEveryFieldHasAName guards against fields that would go out under their Go name.
func TestEveryFieldHasAName(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Array:
			walk(typ.Elem())
		case reflect.Struct:
			if seen[typ] {
				return
			}
			seen[typ] = true
			for i := range typ.NumField() {
				f := typ.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if !f.Anonymous && (name == "" || name != strings.ToLower(name)) {
					t.Errorf("%s.%s is called %q in JSON", typ.Name(), f.Name, name)
				}
				walk(f.Type)
			}
		}
	}
	for _, v := range contract {
		walk(reflect.TypeOf(v))
	}
}

// TestEmptyLists makes sure that what the contract calls a list is none of Go's nulls when it is
// made so.
func TestEmptyLists(t *testing.T) {
	b, err := json.Marshal(Search{Funnel: []Stage{}, Results: []Result{}, Degraded: []Degraded{}})
	if err != nil || strings.Contains(string(b), "null") {
		t.Errorf("%s, %v", b, err)
	}
	b, err = json.Marshal(Result{Flags: []string{}})
	if want := `"page":null,"time":null,"message_id":null`; err != nil || !strings.Contains(string(b), want) {
		t.Errorf("%s lacks %s, %v", b, want, err)
	}
}
