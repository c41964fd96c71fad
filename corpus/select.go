package corpus

import (
	"strings"
	"time"
)

// Where selects by who wrote something and when: a span of time is half-open, and what is zero
// selects all. From may be the SenderName of somebody.
type Where struct {
	From   string    `json:"from,omitempty"`
	After  time.Time `json:"after,omitzero"`
	Before time.Time `json:"before,omitzero"`
}

// Holds tells whether something is selected. What has no time lies in no span of it.
func (w Where) Holds(from string, at time.Time) bool {
	switch {
	case w == Where{}:
		return false
	case w.From != "" && !SameSender(w.From, from):
		return false
	case at.IsZero():
		return w.After.IsZero() && w.Before.IsZero()
	}
	return (w.After.IsZero() || !at.Before(w.After)) && (w.Before.IsZero() || at.Before(w.Before))
}

// SameSender tells whether a sender is meant: by the address, by the whole name, by both as they
// are written together, or by the SenderName of one of these.
func SameSender(who, from string) bool {
	key := SenderName(who)
	if plainSender(who) == "" {
		return false
	}
	if key == SenderName(from) {
		return true
	}
	name, address, ok := strings.Cut(from, "<")
	return ok && (key == SenderName(address) || key == SenderName(name))
}

// SenderName is how a sender is written down whom the owner told the store to forget: as
// ForgottenName, it does not spell him.
func SenderName(who string) string {
	return ForgottenName(plainSender(who))
}

func plainSender(who string) string {
	return strings.Trim(strings.ToLower(strings.TrimSpace(who)), `<>" `)
}
