// Package chats is the connector of stage 0 for chats, as their programs export them: WhatsApp,
// Telegram, Signal, Slack and Discord.
//
// A document is what was said in one conversation on one day. Each message has a mark: its id, or
// its lines in the export.
package chats

import (
	"sluice/corpus"
	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// Kind is the Info.Kind of chats.
const Kind = "chats"

// Connector introduces the connector.
func Connector() source.Kind {
	return source.Kind{
		Name: Kind, Usage: "DIR", Short: "exports of WhatsApp, Telegram, Signal, Slack and Discord, also zipped",
		Open: func(s source.Setting) (corpus.Source, error) {
			return packed.New(s, packed.Options{Forms: Forms(), Archives: true}), nil
		},
	}
}

// Forms are the forms of exports.
func Forms() []packed.Form {
	return []packed.Form{
		packed.Entries{Is: isTelegram, Parse: telegram}, packed.Entries{Is: isDiscord, Parse: discord}, packed.Entries{Is: isDiscordPackage, Parse: discordPackage},
		packed.Entries{Is: isSlack, Parse: slack}, packed.Entries{Is: isLines, Parse: lines},
	}
}
