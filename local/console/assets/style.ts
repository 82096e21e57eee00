// The console's style: light and dark by the system's choice, and one column on a narrow screen.

/** The style sheet. */
export const style = `:root {
  color-scheme: light dark;
  --page: light-dark(#f6f7f9, #12151a);
  --card: light-dark(#ffffff, #1a1f27);
  --line: light-dark(#d5dae1, #333b47);
  --text: light-dark(#1b222c, #e6eaf0);
  --aside: light-dark(#566273, #a3afbf);
  --link: light-dark(#0b57c2, #8ab8ff);
  --good: light-dark(#0d6b3a, #6fd89f);
  --busy: light-dark(#8a5300, #f2c06b);
  --bad: light-dark(#b3261e, #ff9d94);
  --off: light-dark(#566273, #a3afbf);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; }
body.stale::before { content: "The workspace does not answer."; display: block; background: var(--bad); color: var(--page); padding: .5rem 1.5rem; }
.skip { position: absolute; left: -999px; padding: .5rem 1rem; background: var(--card); }
.skip:focus { left: .5rem; top: .5rem; z-index: 2; }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1.5rem; padding: .75rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line); }
header h1 { font-size: 1.1rem; margin: 0; }
header p { margin: 0; }
nav { flex: 1; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; list-style: none; margin: 0; padding: 0; }
.count { color: var(--aside); font-size: .85em; }
main { max-width: 84rem; margin: 0 auto; padding: 1rem 1.5rem 3rem; }
main:focus { outline: none; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem; margin: 0 0 1rem; }
h2 { font-size: 1.05rem; margin: 0 0 .5rem; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, summary:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--aside); padding: 0 0 .4rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-top: 1px solid var(--line); }
thead th { border-top: 0; color: var(--aside); font-weight: 600; font-size: .85rem; }
tbody th { font-weight: 600; overflow-wrap: break-word; }
tbody tr:first-child > * { border-top-color: var(--aside); }
th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; padding-right: 1.25rem; }
code { font: .9em ui-monospace, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.aside { color: var(--aside); font-weight: 400; font-size: .9em; overflow-wrap: anywhere; }
.agent { overflow-wrap: anywhere; color: var(--aside); }
.badge { font-weight: 600; font-size: .85rem; white-space: nowrap; }
.badge.good { color: var(--good); } .badge.busy { color: var(--busy); } .badge.bad { color: var(--bad); } .badge.off { color: var(--off); }
.empty { color: var(--aside); margin: .25rem 0; }
.notice { margin: 0 0 1rem; padding: .5rem 1rem; border-left: 4px solid var(--good); background: var(--card); }
.notice.refused { border-color: var(--bad); }
.notice.none { display: none; }
dl { margin: .25rem 0; display: flex; flex-wrap: wrap; gap: .25rem 2rem; }
dt { color: var(--aside); font-size: .85rem; }
dd { margin: 0; overflow-wrap: anywhere; }
td dl { display: block; font-size: .9rem; padding: .25rem 0; }
td dl div { padding-bottom: .3rem; }
summary { cursor: pointer; color: var(--link); width: fit-content; }
.row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: .5rem 0; }
.fields { display: flex; flex-wrap: wrap; gap: .75rem 1rem; align-items: end; padding: .5rem 0 1rem; }
.fields label { display: flex; flex-direction: column; gap: .2rem; color: var(--aside); font-size: .85rem; }
.fields input[type="number"] { width: 7rem; }
input, select, button { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--aside); border-radius: .3rem; padding: .25rem .6rem; }
button { cursor: pointer; background: var(--card); }
button:hover { border-color: var(--link); color: var(--link); }
td button { padding: .05rem .6rem; }
.login { max-width: 32rem; margin: 2rem auto; }
.login form { display: grid; gap: .5rem; }
.login button { width: fit-content; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 52rem) {
  header, main { padding-left: 1rem; padding-right: 1rem; }
  nav { flex-basis: 100%; }
  section { padding: .75rem 1rem; }
  table, caption, tbody, tr, td, tbody th { display: block; }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { border-top: 1px solid var(--line); padding: .5rem 0; }
  th, td, th.number, td.number { border: 0; padding: .1rem 0; text-align: left; }
  td { display: grid; grid-template-columns: 7.5rem 1fr; gap: .5rem; }
  td::before { content: attr(data-title) / ""; color: var(--aside); font-size: .85rem; }
  td > * { grid-column: 2; }
  td br { display: none; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
