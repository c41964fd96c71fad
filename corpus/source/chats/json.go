package chats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"sluice/corpus/source"
	"sluice/corpus/source/packed"
)

// begins tells whether a file is JSON that begins so, and names all of the words in its first
// bytes.
func begins(head []byte, with byte, words ...string) bool {
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != with {
		return false
	}
	for _, w := range words {
		if !bytes.Contains(head, []byte(strconv.Quote(w))) {
			return false
		}
	}
	return true
}

func isTelegram(_ *packed.File, head []byte) bool {
	return begins(head, '{', "chats", "list") || begins(head, '{', "messages", "date_unixtime") || begins(head, '{', "about", "personal_information")
}

// telegramChat is a conversation as Telegram writes it.
type telegramChat struct {
	Name     string `json:"name"`
	Messages []struct {
		ID    int64           `json:"id"`
		Unix  string          `json:"date_unixtime"`
		Date  string          `json:"date"`
		From  string          `json:"from"`
		Actor string          `json:"actor"`
		Act   string          `json:"action"`
		File  string          `json:"file_name"`
		Text  json.RawMessage `json:"text"`
	} `json:"messages"`
}

// telegram reads an export of one conversation or of all.
func telegram(_ *packed.File, b []byte, rules *source.Rules) (days []packed.Entry, err error) {
	type list struct {
		List []telegramChat `json:"list"`
	}
	var export struct {
		telegramChat
		Chats list `json:"chats"`
		Left  list `json:"left_chats"`
	}
	if err := json.Unmarshal(b, &export); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	all := append(append([]telegramChat{export.telegramChat}, export.Chats.List...), export.Left.List...)
	for _, c := range all {
		var messages []packed.Message
		for _, m := range c.Messages {
			one := packed.Message{At: at(m.Unix, m.Date), From: m.From, Text: textOf(m.Text)}
			if m.ID != 0 {
				one.ID = fmt.Sprintf("%s/%d", c.Name, m.ID)
			}
			if one.From == "" {
				one.From = m.Actor
			}
			if one.Text == "" {
				one.Text = strings.TrimSpace(m.File + " " + strings.ReplaceAll(m.Act, "_", " "))
			}
			messages = append(messages, one)
		}
		days = append(days, packed.Days(c.Name, messages, rules)...)
	}
	return days, nil
}

// at is a time as exports have it: seconds since 1970, else a date.
func at(unix, date string) time.Time {
	if n, err := strconv.ParseInt(unix, 10, 64); err == nil {
		return time.Unix(n, 0).UTC()
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05.999999-07:00", "2006-01-02 15:04:05"} {
		if t, err := time.Parse(layout, date); err == nil {
			return t
		}
	}
	return time.Time{}
}

// textOf is a text that is a string, or a list of strings and of pieces with a style.
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var pieces []json.RawMessage
	if json.Unmarshal(raw, &pieces) != nil {
		var one struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(raw, &one) // what is none of these says nothing
		return one.Text
	}
	var all []string
	for _, p := range pieces {
		all = append(all, textOf(p))
	}
	return join(all)
}

// join puts pieces together, with a space where two words would become one.
func join(all []string) string {
	var b strings.Builder
	for _, s := range all {
		if b.Len() > 0 && s != "" && !strings.HasSuffix(b.String(), " ") && !strings.ContainsAny(s[:1], " .,;:!?)\n") && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return b.String()
}

func isDiscord(_ *packed.File, head []byte) bool { return begins(head, '{', "guild", "channel") }

// discord reads what DiscordChatExporter writes.
func discord(_ *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	var export struct {
		Guild, Channel struct {
			Name     string `json:"name"`
			Category string `json:"category"`
		}
		Messages []struct {
			ID, Timestamp, Content string
			Author                 struct{ Name, Nickname string }
			Attachments            []struct{ FileName string }
		}
	}
	if err := json.Unmarshal(b, &export); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	var all []packed.Message
	for _, m := range export.Messages {
		one := packed.Message{ID: m.ID, At: at("", m.Timestamp), From: m.Author.Nickname, Text: m.Content}
		if one.From == "" {
			one.From = m.Author.Name
		}
		for _, a := range m.Attachments {
			one.Text += " [" + a.FileName + "]"
		}
		all = append(all, one)
	}
	return packed.Days(strings.TrimSpace(export.Guild.Name+" "+export.Channel.Name), all, rules), nil
}

func isDiscordPackage(f *packed.File, head []byte) bool {
	return f.Name() == "messages.json" && begins(head, '[', "Contents", "Timestamp")
}

// discordPackage reads what Discord itself gives: what one has written oneself.
func discordPackage(f *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	var export []struct {
		ID                  json.Number
		Timestamp, Contents string
	}
	if err := json.Unmarshal(b, &export); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	var all []packed.Message
	for _, m := range export {
		all = append(all, packed.Message{ID: m.ID.String(), At: at("", m.Timestamp), Text: m.Contents})
	}
	return days(f, all, rules), nil
}

func isSlack(_ *packed.File, head []byte) bool { return begins(head, '[', "ts", "text") }

// slack reads one day of one channel: the channel is the folder.
func slack(f *packed.File, b []byte, rules *source.Rules) ([]packed.Entry, error) {
	var export []struct {
		User, Username, Text, TS string
		Profile                  struct {
			RealName string `json:"real_name"`
			Name     string `json:"name"`
		} `json:"user_profile"`
		Files []struct{ Name string }
	}
	if err := json.Unmarshal(b, &export); err != nil {
		return nil, fmt.Errorf("it is no whole JSON: %w", err)
	}
	var all []packed.Message
	for _, m := range export {
		one := packed.Message{ID: m.TS, Text: m.Text}
		seconds, _, _ := strings.Cut(m.TS, ".")
		one.At = at(seconds, "")
		for _, name := range []string{m.Profile.RealName, m.Profile.Name, m.Username, m.User} {
			if one.From == "" {
				one.From = name
			}
		}
		for _, file := range m.Files {
			one.Text += " [" + file.Name + "]"
		}
		all = append(all, one)
	}
	return days(f, all, rules), nil
}

// days are the documents of a file that lies in a folder with the name of the conversation.
func days(f *packed.File, all []packed.Message, rules *source.Rules) []packed.Entry {
	folder := f.Folder()
	days := packed.Days(folder[strings.LastIndexByte(folder, '/')+1:], all, rules)
	for i, d := range days {
		_, days[i].Name, _ = strings.Cut(d.Name, "/")
	}
	return days
}
