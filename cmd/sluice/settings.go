package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"sluice/internal/vfs"
	"sluice/serve"
)

// settable are the flags that the environment (SLUICE_STORE) and the settings file (store = ...)
// may set, beneath the flags themselves.
var settable = []string{"store", "models", "jobs", "memory", "wait", "quiet", "verbose", "effort", "deadline", "budget", "vocab", "results", "stat-wait", "look-wait", "no-lock"}

// configName is the settings file in the user's configuration folder.
const configName = "config.toml"

// configBytesMax bounds what is read of it.
const configBytesMax = 64 << 10

// settings fills in the flags that were not given.
func (a *app) settings(cmd *cobra.Command) error {
	folder := filepath.Join(xdg.ConfigHome, "sluice")
	file, err := readConfig(vfs.Linked(folder), filepath.Join(folder, configName))
	if err != nil {
		return err
	}
	for _, name := range settable {
		f := cmd.Flags().Lookup(name)
		if f == nil || f.Changed {
			continue
		}
		variable := "SLUICE_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		value, from := a.getenv(variable), variable
		if value == "" {
			value, from = file[name], filepath.Join(folder, configName)
		}
		if value == "" {
			continue
		}
		if err := f.Value.Set(value); err != nil {
			return serve.Usagef("%s: %s is %q: %s", from, name, value, takes(f))
		}
	}
	return nil
}

// readConfig reads the settings file; none is no settings.
func readConfig(files vfs.FS, path string) (map[string]string, error) {
	f, err := files.Open(configName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, serve.Usagef("read the settings: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, configBytesMax))
	if err != nil {
		return nil, serve.Usagef("read the settings: %w", err)
	}
	settings, err := parseConfig(string(text))
	if err != nil {
		return nil, serve.Usagef("%s: %w", path, err)
	}
	return settings, nil
}

// parseConfig reads lines of `key = value`, a flat part of TOML. A key that is not known is an
// error: a setting with a slip in its name must not go unnoticed.
func parseConfig(text string) (map[string]string, error) {
	settings := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		key = strings.TrimSpace(key)
		if !ok || key == "" {
			return nil, fmt.Errorf("line %d: %q is no setting; write key = value", i+1, line)
		}
		if !slices.Contains(settable, key) {
			return nil, fmt.Errorf("line %d: there is no setting %q; there are: %s", i+1, key, strings.Join(settable, ", "))
		}
		if settings[key], ok = configValue(strings.TrimSpace(value)); !ok {
			return nil, fmt.Errorf("line %d: the quotes of %s do not match", i+1, key)
		}
	}
	return settings, nil
}

// configValue takes quotes and a comment off a value.
func configValue(v string) (string, bool) {
	if v == "" || v[0] != '"' && v[0] != '\'' {
		v, _, _ = strings.Cut(v, " #")
		return strings.TrimSpace(v), true
	}
	if v[0] == '\'' {
		body, rest, ok := strings.Cut(v[1:], "'")
		return body, ok && isComment(rest)
	}
	quoted, err := strconv.QuotedPrefix(v)
	if err != nil || !isComment(v[len(quoted):]) {
		return "", false
	}
	body, err := strconv.Unquote(quoted)
	return body, err == nil
}

func isComment(rest string) bool {
	rest = strings.TrimSpace(rest)
	return rest == "" || rest[0] == '#'
}

// units are what sizes may be written in.
var units = map[string]float64{"": 1, "b": 1, "k": 1 << 10, "kib": 1 << 10, "kb": 1e3, "m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gib": 1 << 30, "gb": 1e9, "t": 1 << 40, "tib": 1 << 40, "tb": 1e12}

// parseBytes reads a size: 512M, 1.5GiB, 2000000.
func parseBytes(text string) (int64, error) {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit, ok := units[strings.ToLower(strings.TrimSpace(text[len(digits):]))]
	n, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || n <= 0 || n*unit < 1 || n*unit > 1<<62 {
		return 0, fmt.Errorf("%q is no size; write 512M or 1.5GiB", text)
	}
	return int64(n * unit), nil
}
