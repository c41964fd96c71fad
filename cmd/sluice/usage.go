package main

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"sluice/internal/term"
	"sluice/serve"
)

// flagError words what the flag library found.
func flagError(cmd *cobra.Command, err error) error {
	help := fmt.Sprintf("`%s --help` lists the flags", cmd.CommandPath())
	var unknown *pflag.NotExistError
	var wrong *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		name := unknown.GetSpecifiedName()
		if near := term.Nearest(name, flagNames(cmd)); near != "" {
			return serve.Usagef("unknown flag: --%s; did you mean --%s? %s", name, near, help)
		}
	case errors.As(err, &wrong):
		return serve.Usagef("--%s %q: %s; %s", wrong.GetFlag().Name, wrong.GetValue(), takes(wrong.GetFlag()), help)
	case errors.As(err, &missing):
		return serve.Usagef("--%s is given nothing: %s; %s", missing.GetFlag().Name, takes(missing.GetFlag()), help)
	}
	return serve.Usagef("%w; %s", err, help)
}

func flagNames(cmd *cobra.Command) (all []string) {
	add := func(f *pflag.Flag) {
		if !f.Hidden {
			all = append(all, f.Name)
		}
	}
	cmd.Flags().VisitAll(add)
	cmd.InheritedFlags().VisitAll(add)
	return all
}

// takes says what a flag's value looks like.
func takes(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "it takes a whole number"
	case "float64":
		return "it takes a number"
	case "bool":
		return "it takes true or false"
	case "duration":
		return "it takes a duration, as 500ms, 5s or 2m"
	}
	return "it takes a value"
}

var (
	unknownVerb   = regexp.MustCompile(`^unknown command "(.*)" for "(.*)"$`)
	wrongArgument = regexp.MustCompile(`^(requires at least|accepts) `)
)

// libraryError words what the library of verbs found: it has the verb that it came to.
func libraryError(cmd *cobra.Command, err error) error {
	if m := unknownVerb.FindStringSubmatch(err.Error()); m != nil {
		near := term.Nearest(m[1], verbNames(cmd))
		if near != "" {
			return serve.Usagef("unknown command %q; did you mean `%s %s`? `sluice --help` lists the verbs", m[1], m[2], near)
		}
		return serve.Usagef("unknown command %q; `sluice --help` lists the verbs", m[1])
	}
	if wrongArgument.MatchString(err.Error()) {
		return serve.Usagef("write `%s`; `%s --help` says more, and `sluice --help` lists the verbs", strings.TrimSuffix(cmd.UseLine(), " [flags]"), cmd.CommandPath())
	}
	return serve.Usagef("%w; `sluice --help` lists the verbs", err)
}

func verbNames(cmd *cobra.Command) (all []string) {
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			all = append(all, c.Name())
		}
	}
	return all
}

// calls are the names that errors of the file system have for what was tried.
var calls = map[string]string{"openat": "open", "statat": "look at", "lstatat": "look at", "fstatat": "look at", "lstat": "look at", "stat": "look at",
	"readdirent": "list", "readlinkat": "follow", "unlinkat": "remove", "mkdirat": "make", "renameat": "rename"}

// inWords is an error's text without the names of system calls.
func inWords(err error) string {
	text := err.Error()
	for _, path := range pathErrors(err) {
		if call, ok := calls[path.Op]; ok {
			text = strings.ReplaceAll(text, path.Error(), fmt.Sprintf("cannot %s %s: %v", call, path.Path, path.Err))
		}
	}
	return text
}

// pathErrors are the errors of the file system in a tree of errors.
func pathErrors(err error) (all []*fs.PathError) {
	switch e := err.(type) { //nolint:errorlint // it walks the tree of errors itself
	case nil:
	case *fs.PathError:
		all = append(all, e)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all = append(all, pathErrors(one)...)
		}
	case interface{ Unwrap() error }:
		all = pathErrors(e.Unwrap())
	}
	return all
}
