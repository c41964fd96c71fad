package weigh

// The parts of which orders are made.
const (
	start   = `(?:^ ?|[.!?:;,"'“”()\[\]{}\n>*#|=-]\s*|\b(?:please|now|and|then|but|you|must|should|to|just|also|so|first|kindly|will|instead)\s+)`
	gap     = `[^.!?\n]{0,40}?`
	told    = `(?:instructions?|prompts?|rules|orders|directions|directives?|guidelines|commands|constraints|restrictions|programming|guardrails|training|(?:were|was|been|have been) told|system messages?|information|messages|context|sources|passages|documents|citations)`
	before  = `(?:previous(?:ly)?|prior|above|preceding|earlier|foregoing|past|all|any|your|other|initial|original|system|existing|former)`
	answer  = `(?:answers?|responses?|reply|replies|output|summary|elucidation|completion|next message|message)`
	machine = `(?:ai|a\.i\.|llm|llms|(?:large )?language models?|chat ?bots?|(?:ai|virtual|digital|reading) assistants?|assistants?|copilots?|chatgpt|gpt(?:-\d)?|claude|gemini|bard|ai (?:agents?|models?|systems?|readers?)|summari[sz]ers?|automated (?:agents?|readers?|systems?))`
)

// orders are what texts do that command their reader.
var orders = append(english(), others()...)

func english() []sign {
	return signs(
		// What was said before is put aside.
		"ignor|disregard|forget|overrid|bypass|discard|not listen|t listen|obey|not follow|t follow|stop following|no attention|forgotten&instruct|prompt|rule|order|direct|guideline|command|constraint|restrict|programming|guardrail|training|told|message|information|context|source|passage|document|citation",
		start+`(?:ignore|disregard|forget|override|bypass|discard|do not (?:listen to|follow|obey)|don'?t (?:listen to|follow|obey)|stop (?:following|obeying)|pay no attention to|(?:pretend to )?(?:have )?forgotten)\b`+gap+`\b`+before+`\b`+gap+`\b`+told+`\b`,
		"ignor|disregard|forget", start+`(?:ignore|disregard|forget)\s+(?:everything|all|anything|what(?:ever)?)\b`+gap+`\b(?:above|before|said|told|written|else|so far|until now)\b`,
		"ignor|disregard|forget", start+`(?:ignore|disregard|forget)\s+(?:the|your|all the|these|those)\s+(?:previous(?:ly)?\s+)?(?:given\s+)?`+told+`\b`,
		// What the answer is to be.
		"your &answer|respon|repl|output|summary|elucid|completion|message", start+`(?:add|include|append|insert|integrate|incorporate|introduce|embed|modify|change|replace|substitute|rewrite|rearrange|misspell|translate|encode|encrypt|convert|transform|format|reverse|remove|group|begin|start|end|finish|conclude|close|preface|prefix|limit|provide|write|give|present|display|render|make|use|mention|enhance|alter|adjust|tailor|sprinkle|swap|shuffle|scramble|anagram|omit|spell|state|suggest|promote|recommend|weave|slip|ensure|compose|craft|deliver|express|phrase|keep|turn|put|capitali[sz]e|sign|subtly|modifying|in)\b[^.!?\n]{0,120}?\byour (?:next |final |own |entire |whole |full |final )?`+answer+`\b`,
		"your &answer|respon|repl|output|summary|elucid|completion|message", `(?:^ ?|[.!?:;\n>*#"“(]\s*)(?:in|within|throughout|at the (?:end|start|beginning) of|as part of|for) your (?:next |final )?`+answer+`\b,?\s`,
		"your &answer|respon|repl|output|summary|elucid|completion|message", `(?:^ ?|[.!?:;\n>*#"“(]\s*|\b(?:please|must|should)\s+)([a-z]+)\b[^\n]{0,140}?\b(?:to|in|into|of|with|from|at|by|as|for|throughout|within|on) your (?:next |final |own |entire )?`+answer+`\b`,
		"your &answer|respon|repl|output|summary|elucid|completion|message", `(?:^ ?|[.!?:;\n>*#"“(]\s*|\b(?:please|must|should)\s+)([a-z]+)\s+(?:all |the |all of |the (?:words|letters|sentences) (?:of|in) )?your (?:next |final |own |entire )?`+answer+`\b\s*(?:to|in|into|with|by|as|using|from|so|backwards?|only|without)\b`,
		"letter|vowel|every ", `(?:^ ?|[.!?:;\n]\s*)(replace|substitute|swap|misspell|reverse|remove|jumble|scramble)\b[^.!?\n]{0,30}\b(?:every (?:\w+ )?(?:letter|word|vowel)|vowels|letters|spaces)\b[^.!?\n]{0,60}(?:with|by|in)\b`,
		"respond|reply|answer&only|always|exclusively|just|instead|exactly|solely", start+`(?:respond|reply|answer)\s+(?:only|always|exclusively|just|instead|exactly|solely)\b`,
		"display your|use base|your response", `\b(?:can|could|would|will) you\b`+gap+`\b(?:display|provide|write|give|translate|encode) your `+answer+`\b`,
		"code&following|subsequent|below|given&your ", start+`(?:\w+ing|\w+ly,? \w+|add|include|incorporate|embed|integrate|insert|utili[sz]e|employ|use|introduce|merge|ensure|make|enhance|enrich|give|modify|develop|remember|consider|don'?t)\b[^.!?\n]{0,90}?\b(?:following|subsequent|below|given)\s+code\s+(?:snippet|section|block|excerpt|segment|fragment)[^.!?\n]{0,80}?\byour (?:implementation|code ?base|code|solution(?: logic)?|algorithm|elucidation|explanation|answer|response)\b`,
		"your &answer|respon|repl|output|summary|elucid|completion|message", start+`(?:\w+ing|\w+|\w+ly,? \w+)\s[^.!?\n]{0,60}?\byour (?:implementation|code ?base|code|solution|algorithm|elucidation|explanation|answer|response)\b[^.!?\n]{0,80}?\b(?:following|subsequent|below)\s+code\s+(?:snippet|section|block|excerpt|segment|fragment)`,
		"code&following|subsequent|below", `(?:^ ?|[.!?:;\n]\s*)([a-z]+(?:'t)?)\b[^.!?\n]{0,100}?\b(?:following|subsequent|below)\s+code\s+(?:snippet|section|block|excerpt|segment|fragment|piece)\b[^.!?\n]{0,80}?\b(?:your|the) (?:implementation|code ?base|code you (?:develop|write)|code\b|solution|algorithm|elucidation|explanation|answer|response)`,
		"your code|your solution|your impl|your answer|your respon&code&following|subsequent|below", `\byour (?:code|solution|implementation|answer|response) (?:could|should|must|would|will|might|can)\b[^.!?\n]{0,60}?\b(?:following|subsequent|below)\s+code\b`,
		// The reader is called on.
		" ai|a.i.|llm|language model|bot|assistant|gpt|claude|gemini|copilot|summari|automated|bard&dear|attention|hey|for |to ",
		`\b(?:dear|attention,?|hey,?|note (?:to|for)|notice (?:to|for)|message (?:to|for)|(?:special |important )?instructions? (?:to|for)|reminder (?:to|for)|to (?:the|any|all|every|whichever))\s+(?:the |any |all |every |this |an? )?`+machine+`\b`,
		"if you& ai|a.i.|llm|language model|bot|assistant|gpt|claude|gemini|copilot|summari|automated|bard", `\bif you(?:'re| are)\s+(?:an? |the )?(?:reading this as an? )?`+machine+`\b`,
		"as an|as the|as a & ai|a.i.|llm|language model|bot|assistant|gpt|claude|gemini|copilot|summari|automated|bard", `\bas (?:an?|the) `+machine+`,?\s+(?:you|your|it is your|always|never|please|do not|don't)\b`,
		"assistant|model| ai|llm|bot&reading|reads|processing|summar|must|should|shall|has to|is ", `\b(?:the|any|this|every|all) (?:ai|llm|language model|assistant|chat ?bot|reading model|ai assistant|ai model)s?\s+(?:reading (?:this|it)|that reads (?:this|it)|processing this|summari[sz]ing this|(?:must|should|shall|has to|is (?:required|instructed|ordered|requested) to))\b`,
		// A part is forced on it.
		"from now on", `\bfrom (?:now|this (?:moment|point)) (?:on|onwards?|forward),?\s+(?:you|your|act|reply|respond|answer|speak|behave|only|always|known)\b`,
		"you are|you will be|you're&now|no longer|dan|turned on", `\byou(?:'re| are| will be)\s+(?:now\s+(?:an?|in|going|free|dan|the|my|called|being)\b|no longer (?:an?|bound|restricted|limited|under)\b|(?:an? )?special a\w* dan\b|called dan\b|being turned on\b)`,
		"mode|anything now|jailbr", `\b(?:do anything now|dan mode|(?:enable|enter|activate|switch to|in|with)\s+(?:dan|developer|debug|god|jailbreak|jailbroken|admin|unrestricted|maintenance|apophis) mode\b)`,
		"pretend|act |behave|imagine&rule|restriction|limit|filter|guideline|forgotten|ethic|perspective", start+`(?:pretend|act|behave|imagine)\b`+gap+`\b(?:no (?:rules|restrictions|limits|filters|guidelines)|forgotten|without (?:any )?(?:rules|restrictions|filters|guidelines|ethics)|perspective of)\b`,
		"without ethics|ai without|programmed to follow", `\b(?:an? ai without (?:ethics|restrictions|limits|filters)|as an ai you'?re programmed)\b`,
		"not limited by|override the|can override", `\b(?:not limited by|override the) (?:what an |the )?(?:ai|restrictions|language model|gpt|limits)\b`,
		// What it knows is asked for.
		"instruction|prompt|system message&repeat|print|reveal|show|output|display|disclose|leak|expose|list|recite|dump|return|formulate|tell me",
		start+`(?:repeat|print|print out|reveal|show|output|display|disclose|leak|expose|list|recite|dump|return|formulate|tell me)\b[^.!?\n]{0,30}?\b(?:your|previous|above|all|initial|system|hidden|original|the)\s+(?:\w+\s+)?(?:instructions?(?: (?:given|above|so far|formatted|in|as|to me|you)\b|$|[.!\n ]*$)|prompts?\b|system messages?\b|instructions (?:bullet|to))`,
		"secret|password|reveal", `\b(?:secret word|(?:told|asked|instructed) (?:you )?not to reveal|(?:reveal|send|tell|give|email|post|print)\s[^.!?\n]{0,30}?\b(?:user'?s|your|their) (?:passwords?|api keys?|credentials|secrets?|private keys?|tokens?|chat history|conversations?|context))\b`,
		"send|append|fetch|post|load|visit|request|forward|upload|email|exfil|transmit&conversation|chat history|the window|the context|context window|the question|the query|the prompt|user'|users |everything", start+`(?:send|append|fetch|post|load|visit|request|forward|upload|email|exfiltrate|transmit)\b[^.!?\n]{0,60}?\b(?:conversation|chat history|context window|the (?:window|context|question|query|prompt)|user'?s \w+|everything (?:above|you))\b`,
		"http&=window|={|=%7b|=[|=<|=secret|=data|=conversation|secret|{|[&fetch|load|visit|open|request|render|include|display|send|post", `\b(?:fetch|load|visit|open|request|render|include|display|send|post)\b[^\n]{0,40}https?://[^\s]*[?&=](?:q|query|data|window|secret|context|prompt|d|text)?=?(?:window|\{|%7b|\[|<|secret|data|conversation)`,
		// It speaks with authority.
		"system:|system :|system prompt|system over|system mess|system not|system inst|system alert|system comm|system direc|admin|developer|operator|security|system]|system*",
		`(?:^ ?|\n|[\[{(*#>"]\s*)(?:system|admin(?:istrator)?|developer|operator|security)\s*(?:prompt|override|message|notice|instructions?|alert|command|directive|note)?\s*(?:\]|\*\*)?\s*:\s*(?:you\b|ignore|disregard|this |the assistant|from now|new |always|never|do not|cite|all |override|must|answer|respond|rank|forget|print|reveal|stop)`,
		"<|im_|[inst]|<<sys|<|system|<|user|<|assistant|end_of_turn|start_header", `<\|(?:im_start|im_end|system|user|assistant|end(?:oftext|_of_turn)?|start_header_id)\|>|\[/?inst\]|<</?sys>>`,
		"must obey|obey", `\b(?:you must obey|obey (?:all|this|these|my|every)|initiate all orders)\b`,
		"new instruction|updated instruction|real instruction|instructions:", `(?:^ ?|[.!?\n*#\[]\s*)(?:new|updated|real|actual|revised|important|additional) (?:system )?(?:instructions?|task|prompt|directive)s?\s*(?:\]|\*\*)?\s*:`,
		// How it is to treat sources.
		"cite|rank|trust|rate|recommend|prefer|score|treat|select|choose|place|put|give&only |this |present |our |highest|top |maximum|best |positive&passage|document|text|source|page|result|answer|paper|file|product|company|candidate|application|submission|review|resume|cv|rank|score|rating|relevan|mark|only",
		start+`(?:always |only )?(?:cite|rank|rate|score|trust|recommend|prefer|treat|select|choose|place|put|give)\b[^.!?\n]{0,30}?\b(?:only \[?\d+\]?|(?:this|the present|our)\s+(?:passage|document|text|source|page|result|answer|paper|file|product|company|candidate|application|submission|review|resume|cv)\b[^.!?\n]{0,40}?\b(?:first|highest|top|best|only|above all|authoritative|trusted|as true|over|before|positive|excellent|maximum|relevant)|(?:the )?(?:highest|top|maximum|best|positive) (?:rank|score|rating|relevance|review|marks?))\b`,
		"sources|passages|documents|results|other source&other|remaining", `\b(?:do not|don'?t|never) (?:cite|use|mention|trust|quote|rely on)\b[^.!?\n]{0,20}?\b(?:any )?(?:other|remaining|the other) (?:sources?|passages?|documents?|results?)\b|\b(?:all |the )?other (?:sources?|passages?|documents?|results?) (?:are|is) (?:wrong|false|fake|outdated|malicious|untrusted|to be ignored)`,
		// The user is kept from knowing.
		"user|human|operator&do not|don't|never|without&tell|inform|mention|reveal|notify|notif|warn|alert|let|show", `\b(?:do not|don'?t|never|without)\s+(?:tell(?:ing)?|inform(?:ing)?|mention(?:ing)?|reveal(?:ing)?|notify(?:ing)?|warn(?:ing)?|alert(?:ing)?|let(?:ting)?|show(?:ing)?)\b[^.!?\n]{0,30}?\b(?:the |your |this to the |this to your |it to the )?(?:user|human|end user|operator)s?\b`,
		"tell the user|inform the user|convince the user|ask the user|urge the user", start+`(?:tell|inform|convince|ask|urge|persuade|direct|encourage|instruct|assure)\s+(?:the|your) users?\b`,
		`"tool"|"function"|tool_call|"arguments"`, `[{,]\s*"(?:tool|function|name|action)"\s*:\s*"\w+"\s*,\s*"(?:arguments|args|parameters|input)"\s*:\s*\{`,
		"tool|function&call|invoke|run |execute|use ", start+`(?:call|invoke|run|use|execute)\s+(?:the|your)\s+[\w.-]+\s+(?:tool|function)\b`,
	)
}

// others are the same in other languages, in their shortest forms: what was said before is put
// aside, the reader is called on, and its answer is ordered.
func others() []sign {
	return signs(
		"ignorier|vergiss|vergessen|missachte", `(?:ignorier(?:e|en|t)?|vergiss|vergessen sie|missachte(?:n|t)?)\b[^.!?\n]{0,40}\b(?:alle|vorherigen?|bisherigen?|obigen?|früheren?|deine|ihre|anderen)\b[^.!?\n]{0,30}\b(?:anweisung\w*|instruktion\w*|regeln|vorgaben|befehle|anordnungen|quellen|richtlinien)\b`,
		"antwort", `\b(?:füge|schreibe|erwähne|beende|beginne|übersetze|ändere|nenne|gib|antworte|ergänze|verwende)\b[^.!?\n]{0,80}\b(?:deiner?|ihrer?|deine) (?:antwort|ausgabe|zusammenfassung)\b|\bantworte(?:n sie)? (?:nur|immer|ausschließlich|stets)\b|\bin (?:deiner|ihrer) antwort\b`,
		"ki|sprachmodell|assistent", `\b(?:an (?:die|das|den|jede|alle)|liebe[rs]?|achtung,?|hinweis (?:an|für)|wenn du (?:ein|eine)|als)\s+(?:die |das |den |ein |eine )?(?:ki(?:-\w+)?|sprachmodell|ki-assistent\w*|chatbot|assistent)\b[^.!?\n]{0,50}(?:du|sie|bitte|musst|soll|bist|lies|,|:)`,
		"ignore|oublie|ne tiens", `\b(?:ignore[zr]?|oublie[zr]?|ne (?:tiens|tenez) pas compte)\b[^.!?\n]{0,40}\b(?:toutes?|tous|précédente?s?|antérieure?s?|ci-dessus|vos|tes|autres)\b[^.!?\n]{0,30}\b(?:instructions?|consignes?|règles|ordres|directives?|sources)\b|\b(?:ignore[zr]?|oublie[zr]?) (?:toutes )?les (?:instructions|consignes)\b`,
		"réponse|répond", `\b(?:ajoute[zr]?|inclu[st]\w*|mentionne[zr]?|termine[zr]?|commence[zr]?|écri[st]\w*|modifie[zr]?)\b[^.!?\n]{0,80}\b(?:ta|votre) réponse\b|\bréponde?[sz]? (?:uniquement|toujours|seulement)\b|\bdans (?:ta|votre) réponse\b`,
		"ia|modèle|assistant", `\b(?:à (?:l'|toute )|cher|attention,?|si (?:tu es|vous êtes)|en tant qu')\s*(?:l'|une? )?(?:ia|intelligence artificielle|modèle de langage|assistant(?: ia)?|chatbot)\b`,
		"ignor|olvid", `\b(?:ignor[ae]n?|olvid[ae]n?|haz caso omiso)\b[^.!?\n]{0,40}\b(?:todas?|todos|anteriores|previas?|tus|sus|otras|las)\b[^.!?\n]{0,30}\b(?:instrucciones|indicaciones|reglas|órdenes|directrices|fuentes)\b`,
		"respuesta|respond", `\b(?:añad[ae]|agreg[ae]|incluy[ae]|menciona|termina|empieza|escrib[ae]|modifica)\b[^.!?\n]{0,80}\b(?:tu|su) respuesta\b|\brespond[ae] (?:solo|sólo|siempre|únicamente)\b|\ben (?:tu|su) respuesta\b`,
		"ia|modelo|asistente", `\b(?:a (?:la|toda|cualquier)|querid[oa]|atención,?|si eres|como)\s+(?:una? |la )?(?:ia|inteligencia artificial|modelo de lenguaje|asistente(?: de ia)?|chatbot)\b[^.!?\n]{0,40}(?:debes?|lees?|,|:)`,
		"ignor|esque", `\b(?:ignor[ea]|esqueç?[ae]|desconsidere)\b[^.!?\n]{0,40}\b(?:todas?|anteriores|prévias?|suas|tuas|outras|as)\b[^.!?\n]{0,30}\b(?:instruções|regras|ordens|diretrizes|fontes)\b`,
		"resposta", `\b(?:adicione|inclua|mencione|termine|comece|escreva|modifique|acrescente)\b[^.!?\n]{0,80}\b(?:sua|tua) resposta\b|\bresponda (?:apenas|sempre|somente)\b|\bna (?:sua|tua) resposta\b`,
		"ignora|dimentica", `\b(?:ignora(?:te)?|dimentica(?:te)?|trascura)\b[^.!?\n]{0,40}\b(?:tutte|precedenti|tue|vostre|altre|le)\b[^.!?\n]{0,30}\b(?:istruzioni|regole|indicazioni|ordini|direttive|fonti)\b`,
		"risposta|rispond", `\b(?:aggiungi|includi|menziona|termina|inizia|scrivi|modifica)\b[^.!?\n]{0,80}\b(?:tua|vostra) risposta\b|\brispondi (?:solo|sempre|soltanto)\b|\bnella (?:tua|vostra) risposta\b`,
		"negeer|vergeet", `\b(?:negeer|vergeet|sla geen acht op)\b[^.!?\n]{0,40}\b(?:alle|vorige|eerdere|bovenstaande|je|uw|andere)\b[^.!?\n]{0,30}\b(?:instructies|regels|opdrachten|aanwijzingen|bronnen)\b`,
		"antwoord", `\b(?:voeg|vermeld|eindig|begin|schrijf|noem)\b[^.!?\n]{0,80}\b(?:je|jouw|uw) antwoord\b|\bantwoord (?:alleen|altijd|uitsluitend)\b`,
		"игнорируй|забудь|не обращай", `(?:игнорируй(?:те)?|забудь(?:те)?|не обращай(?:те)? внимания на|проигнорируй(?:те)?)[^.!?\n]{0,40}(?:все|предыдущи|прежни|выше|сво|друг)[^.!?\n]{0,40}(?:инструкци|указани|правил|команд|приказ|источник)`,
		"ответ", `(?:добавь|включи|упомяни|закончи|начни|напиши|измени|укажи)(?:те)?[^.!?\n]{0,80}(?:твой|твоём|твоем|свой|своём|своем|ваш|вашем|твоего|своего) ответ|ответь(?:те)? только|отвечай(?:те)? (?:только|всегда)`,
		"модел|ии|ассистент|помощник", `(?:уважаем(?:ый|ая)|внимание,?|если ты|как)\s+(?:это )?(?:ии|языковая модель|ассистент|чат-?бот)`,
		"忽略|无视|無視|忘记|忘記|不要理会|不要遵", `(?:忽略|无视|無視|忘记|忘記|不要理会|不要遵守|不要遵循)[^。！？\n]{0,20}(?:之前|以上|先前|前面|所有|全部|其他|你的)[^。！？\n]{0,15}(?:指令|指示|说明|說明|规则|規則|命令|提示|要求|来源|來源)`,
		"回答|回复|回覆|答案", `(?:在|于)(?:你|您)的(?:回答|回复|回覆|答案)(?:中|里|裡|末尾|开头)|(?:你|您)(?:必须|只能|应该|應該|要)[^。！？\n]{0,10}(?:回答|回复|输出|引用)|只(?:回答|回复|输出|引用)`,
		"人工智能|ai|语言模型|助手", `(?:致|给|如果(?:你|您)是|作为|作為)(?:一个|一個|任何|所有)?(?:人工智能|ai|大?语言模型|ai ?助手|智能助手)`,
		"無視|忘れ|従わ", `(?:これまで|以前|上記|前|すべて|全て|他|あなた)[^。！？\n]{0,15}(?:指示|命令|ルール|プロンプト|規則|情報源)[^。！？\n]{0,6}(?:無視|忘れ|従わない)`,
		"回答|返答|答え", `あなたの(?:回答|返答|答え)(?:に|の|を|で)[^。！？\n]{0,40}(?:含め|追加|書|入れ|始め|終え|変え|ください|せよ)|(?:だけ|のみ)(?:を|で)?(?:答え|回答し|出力し)(?:て|なさい|ろ)`,
		"무시|잊어", `(?:이전|위의|앞의|모든|다른|당신의)[^.!?\n]{0,15}(?:지시|지침|명령|규칙|프롬프트|출처)[^.!?\n]{0,8}(?:무시|잊)`,
		"답변|응답", `(?:당신의|너의|귀하의)\s?(?:답변|응답)(?:에|을|은|의)[^.!?\n]{0,40}(?:추가|포함|작성|언급|변경)`,
		"تجاهل|انس", `(?:تجاهل|انس|لا تتبع)[^.!؟\n]{0,30}(?:جميع|كل|السابقة|أعلاه|الأخرى)?[^.!؟\n]{0,20}(?:التعليمات|الأوامر|القواعد|المصادر)`,
		"إجابتك|ردك", `(?:أضف|اذكر|اكتب|أدرج|غيّر)[^.!؟\n]{0,60}(?:إجابتك|ردك)|في (?:إجابتك|ردك)`,
		"görmezden|yok say|unut", `(?:önceki|tüm|bütün|yukarıdaki|diğer)[^.!?\n]{0,25}(?:talimat|kural|komut|yönerge|kaynak)\S*[^.!?\n]{0,10}(?:görmezden gel|yok say|unut)`,
		"yanıt|cevab", `(?:yanıtına|cevabına|yanıtında|cevabında)[^.!?\n]{0,50}(?:ekle|yaz|belirt|kullan)`,
		"zignoruj|ignoruj|zapomnij", `(?:zignoruj|ignoruj|zapomnij)(?:cie)?[^.!?\n]{0,40}(?:wszystkie|poprzednie|wcześniejsze|powyższe|swoje|inne)[^.!?\n]{0,30}(?:instrukcje|polecenia|zasady|reguły|źródła)`,
		"odpowiedz", `(?:dodaj|wspomnij|zakończ|zacznij|napisz|umieść)[^.!?\n]{0,80}(?:swojej|twojej|swoją) odpowiedz?i?|odpowiadaj (?:tylko|zawsze)`,
		"अनदेखा|नज़रअंदाज़|भूल", `(?:पिछले|सभी|उपरोक्त|अन्य)[^।!?\n]{0,25}(?:निर्देश|नियम|आदेश|स्रोत)\S*[^।!?\n]{0,12}(?:अनदेखा|नज़रअंदाज़|भूल)`,
	)
}
