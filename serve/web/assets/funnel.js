// How a question was answered: every stage, what came in and went out, and why the rest did not.

import { h, svg, button, theirs } from './dom.js'
import { number, count, compact, milliseconds, bytes, stages, dropped, plain } from './words.js'

/** The height of so many passages in the drawing: by orders of magnitude, or only one could be seen. */
const thickness = (n, all, height) => n <= 0 ? 0 : Math.max(2, height * Math.log(n + 1) / Math.log(all + 1))

/** The drawing: a stream that narrows at each gate. */
export function drawing(funnel, width, height, gates) {
  const flow = [funnel[0]?.in ?? 0, ...funnel.map(s => s.out)]
  const all = Math.max(...flow, 1)
  const step = width / funnel.length
  const half = flow.map(n => thickness(n, all, height) / 2)
  const mid = height / 2
  const point = (x, y) => `${x.toFixed(1)} ${y.toFixed(1)}`
  const edge = sign => half.slice(1).map((d, i) => {
    const x0 = i * step, x1 = x0 + step, y0 = mid + sign * half[i], y1 = mid + sign * d
    return `C${point(x0 + step * 0.55, y0)} ${point(x0 + step * 0.45, y1)} ${point(x1, y1)}`
  })
  const back = half.slice(0, -1).map((d, i) => {
    const x0 = (i + 1) * step, x1 = i * step
    return `C${point(x1 + step * 0.45, mid + half[i + 1])} ${point(x1 + step * 0.55, mid + d)} ${point(x1, mid + d)}`
  }).reverse()
  const water = `M${point(0, mid - half[0])}${edge(-1).join('')}L${point(width, mid + half.at(-1))}${back.join('')}Z`
  return svg('svg', { class: 'gate', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('path', { class: 'water', d: water }),
    gates && half.map((d, i) => svg('rect', { class: 'bar', x: Math.min(width - 2, Math.max(0, i * step - 1)), y: mid - d, width: 2, height: Math.max(2 * d, 1), rx: 1 })))
}

/** One line of it: "6,175 → 117 passages in 62 ms" */
export function summary(funnel) {
  const all = funnel[0]?.in ?? 0
  const ms = funnel.reduce((sum, s) => sum + s.ms, 0)
  return [drawing(funnel, 160, 40, false), h('span', null, `of ${number(all)}, in ${milliseconds(ms)}`), h('span', { class: 'hidden' }, '. How this was found')]
}

/** All of it. Missed is called with a stage and a reason: which passages nearly came through. */
export function account(funnel, { missed, why }) {
  return [
    drawing(funnel, 640, 88, true),
    h('div', { class: 'gates', 'aria-hidden': 'true' }, [funnel[0]?.in ?? 0, ...funnel.map(s => s.out)].map(n => h('span', null, number(n)))),
    h('div', { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Stages' }, h('table', { class: 'stages' },
      h('caption', null, `Every one of ${count(funnel[0]?.in ?? 0, 'passage')} is accounted for: what went in came out or was left out.`),
      h('thead', null, h('tr', null, ['Stage', 'In', 'Out', 'Time', 'Read'].map((t, i) => h('th', { scope: 'col', class: i ? 'n' : null }, t)), h('th', { scope: 'col' }, 'Left out'))),
      h('tbody', null, funnel.map(s => line(s, missed))))),
    h('p', { class: 'after' }, button('Why is a document not in it?', why, { class: 'act' })),
  ]
}

function line(s, missed) {
  const [name, does] = stages[s.stage] ?? [plain(s.stage), '']
  const told = [...(s.notes ?? []), ...(s.words?.length ? [`of a long question, used: ${s.words.join(', ')}`] : []),
    ...(s.operators?.length ? [`obeyed: ${s.operators.join(' ')}`] : []), ...(s.as_text?.length ? [`taken as text: ${s.as_text.join(' ')}`] : []),
    ...(s.also?.length ? [`also looked for: ${s.also.join(', ')}`] : [])]
  return h('tr', null,
    h('th', { scope: 'row' }, name, h('small', null, does), told.map(t => theirs('small', null, t))),
    [['In', number(s.in)], ['Out', number(s.out)], ['Time', milliseconds(s.ms)], ['Read', s.bytes ? bytes(s.bytes) : '–']].map(([is, value]) => h('td', { class: 'n', 'data-is': is }, value)),
    h('td', { class: 'why' }, reasons(s, missed)))
}

function reasons(s, missed) {
  const all = Object.entries(s.dropped ?? {}).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1])
  if (!all.length) return '–'
  return h('ul', null, all.map(([reason, n]) => h('li', null, `${compact(n)} ${dropped[reason] ?? plain(reason)} `,
    reason === 'below_cut' && button('closest', () => missed(), { class: 'act', 'aria-label': `The closest of those that others matched better than, at ${s.stage}` }))))
}
