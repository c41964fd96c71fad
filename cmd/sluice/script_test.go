package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"sluice/corpus/extract/sandbox"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sandbox.Verb {
		main() // whichever program the tests are, they read documents too
	}
	testscript.Main(m, map[string]func(){"sluice": main})
}

// TestScripts plays whole sittings at the command line. SLUICE_UPDATE=1 writes what was printed
// into the scripts' golden parts.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("SLUICE_UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			home := filepath.Join(env.WorkDir, "home")
			tiny, err := filepath.Abs("../../model/testdata/tiny")
			if err != nil {
				return err
			}
			for name, value := range map[string]string{
				"HOME": home, "USERPROFILE": home, "XDG_DATA_HOME": filepath.Join(home, "data"), "XDG_CACHE_HOME": filepath.Join(home, "cache"),
				"XDG_CONFIG_HOME": filepath.Join(home, "config"), "TINY": tiny, "SLUICE_MODELS": filepath.Join(home, "models"), "SLUICE_STAT_WAIT": "1m", "SLUICE_LOOK_WAIT": "1m", "TZ": "UTC",
			} {
				env.Setenv(name, value)
			}
			return wordsAlone(filepath.Join(home, "models"))
		},
		Condition: linked,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"damage":   damage,
			"exits":    exits,
			"json":     jsonHas,
			"passage":  passageID,
			"replace":  replace,
			"erred":    erred,
			"holed":    holed,
			"hub":      hubOf,
			"embedder": embedder,
			"model":    tinyModel,
			"spells":   spells,
		},
	})
}

// wordsAlone says that no model is to be used, as `sluice model none` does: scripts that want one
// say so.
func wordsAlone(models string) error {
	if err := os.MkdirAll(models, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(models, "models.json"), []byte(`{"version":1,"none":true}`), 0o600)
}

// linked is the condition [linked]: symbolic links can be made and are then there. Wine only says
// so.
func linked(condition string) (bool, error) {
	if condition != "linked" {
		return false, fmt.Errorf("unknown condition %q", condition)
	}
	dir, err := os.MkdirTemp("", "linked")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	link := filepath.Join(dir, "link")
	_ = os.Symlink(dir, link)
	_, err = os.Lstat(link)
	return err == nil, nil
}

// exits runs a command and checks its exit code: exits 2 sluice nonsense
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code := 0
	var exit *exec.ExitError
	if err := ts.Exec(args[1], args[2:]...); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// spells checks that some file of a folder, or its name, holds a word, or that none does: ! spells
// DIR WORD
func spells(ts *testscript.TestScript, neg bool, args []string) {
	var where []string
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(d.Name(), args[1]) || bytes.Contains(b, []byte(args[1])) {
			where = append(where, path)
		}
		return err
	}))
	if neg != (len(where) == 0) {
		ts.Fatalf("%q is spelled in %q", args[1], where)
	}
}

// jsonHas checks that stdout is one JSON object with the keys: json results funnel
func jsonHas(ts *testscript.TestScript, _ bool, args []string) {
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &doc); err != nil {
		ts.Fatalf("stdout is not one JSON object: %v", err)
	}
	for _, key := range args {
		if _, ok := doc[key]; !ok {
			ts.Fatalf("stdout has no %q", key)
		}
	}
}

// passageID puts the first passage id of stdout's JSON into an environment variable: passage ID
func passageID(ts *testscript.TestScript, _ bool, args []string) {
	m := regexp.MustCompile(`"id":"([a-z2-7]{16})"`).FindStringSubmatch(ts.ReadFile("stdout"))
	if m == nil {
		ts.Fatalf("stdout names no passage")
	}
	ts.Setenv(args[0], m[1])
}

// replace edits a file: replace FILE OLD NEW
func replace(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text := regexp.MustCompile(regexp.QuoteMeta(args[1])).ReplaceAllLiteralString(ts.ReadFile(args[0]), args[2])
	ts.Check(os.WriteFile(path, []byte(text), 0o600))
}

// damage changes a byte in a quarter of every file that a pattern names: damage
// 'STORE/files/*.text'
func damage(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("there is no %s", args[0])
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		ts.Check(err)
		b[len(b)/4] ^= 1
		ts.Check(os.WriteFile(path, b, 0o600))
	}
}
