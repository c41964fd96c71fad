// Package lint holds the tests that keep the house in order: who may import whom and why, one package
// doc each, short functions and files, one place for the two numbers. It has no code of its own.
package lint
