// Package lint holds the tests that keep the house in order:
//
//   - who may import whom, and what of the outside each package may import (deps, outside);
//   - that every name of code in the documents is there (docs, names);
//   - one package doc each, short functions and files, comments that are narrow enough and can be
//     wrapped (shape, comments, wrap);
//   - where the two numbers stand, who ends the process, who keeps a context (shape, state);
//   - which files and licences are in the repository (tree, thirdparty).
//
// It has no code of its own. A lint is a function from files to complaints, each of which says what
// to do; TestLintsCanFail feeds it files that it must complain about.
package lint
