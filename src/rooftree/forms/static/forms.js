// What makes a form nicer where scripts run. Everything here works without it too: by the browser's own checks, by
// buttons that send the form, by errors on the page that comes back.
//
// A module: it runs once, however many forms a page has, and serves those that are put into the page later.

const FIELD = "[data-field]"
const CONTROL = "input:not([type=hidden]), select, textarea"

// ---- checks by the server's own rules, while the form is filled in

const states = new WeakMap() // form -> {touched: names, timer, request}

function stateOf(form) {
  if (!states.has(form)) states.set(form, { touched: new Set(), timer: 0, request: null })
  return states.get(form)
}

function touch(control, delay) {
  const form = control.form
  const field = control.closest(FIELD)
  if (!form || !field || control.type === "file" || !form.hasAttribute("data-live")) return
  const state = stateOf(form)
  state.touched.add(field.dataset.field)
  clearTimeout(state.timer)
  state.timer = setTimeout(() => check(form), delay)
}

async function check(form) {
  const state = stateOf(form)
  state.request?.abort()
  state.request = new AbortController()
  const data = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value)
  try {
    const response = await fetch(form.getAttribute("action") || location.href, {
      method: "POST",
      body: data,
      headers: { "Form-Check": "1", Accept: "application/json" },
      signal: state.request.signal,
    })
    const type = response.headers.get("content-type") ?? ""
    if (response.ok && type.startsWith("application/json")) show(form, (await response.json()).errors)
  } catch {
    // the network failed, or a later check has taken over: the form is checked when it is sent
  }
}

function show(form, errors) {
  const { touched } = stateOf(form)
  for (const field of form.querySelectorAll(FIELD)) {
    const name = field.dataset.field
    if (touched.has(name) && !field.querySelector("input[type=file]")) mark(field, errors[name] ?? [])
  }
}

function mark(field, texts) {
  const group = field.tagName === "FIELDSET"
  const described = group ? field : field.querySelector(CONTROL)
  if (!described) return
  const id = `${(field.querySelector("[data-lookup] > select") ?? described).id}-error`
  let text = document.getElementById(id)
  const others = (described.getAttribute("aria-describedby") ?? "").split(" ").filter((other) => other && other !== id)
  if (texts.length) {
    if (!text) {
      text = document.createElement("p")
      text.className = "error-text"
      text.id = id
      if (group && !field.classList.contains("field")) field.querySelector("legend").after(text)
      else field.append(text)
    }
    text.textContent = texts.join(" ")
    others.push(id)
  } else {
    text?.remove()
  }
  if (others.length) described.setAttribute("aria-describedby", others.join(" "))
  else described.removeAttribute("aria-describedby")
  if (group) field.toggleAttribute("data-invalid", texts.length > 0)
  else if (texts.length) described.setAttribute("aria-invalid", "true")
  else described.removeAttribute("aria-invalid")
}

// ---- rows

function rowsOf(part) {
  return [...part.querySelector(":scope > .rows").children]
}

function act(button) {
  const part = button.closest("[data-rows]")
  const row = button.closest("[data-row]")
  const list = part.querySelector(":scope > .rows")
  const verb = button.dataset.act
  let focus = button
  if (verb === "add") focus = add(part, list)
  else if (verb === "remove") {
    focus = row.nextElementSibling ?? row.previousElementSibling ?? part.querySelector(":scope > [data-act=add]")
    row.remove()
  } else if (verb === "up") row.previousElementSibling?.before(row)
  else row.nextElementSibling?.after(row)
  arrange(part)
  if (focus.disabled) focus = row
  focus.focus()
  conditions(part.closest("form"))
}

function add(part, list) {
  const template = part.querySelector(":scope > template")
  const row = template.content.firstElementChild.cloneNode(true)
  list.append(row)
  rename(row, part, part.dataset.token, list.children.length - 1)
  row.querySelectorAll("[data-lookup]").forEach(lookup)
  return row.querySelector(CONTROL) ?? row
}

/** Number the rows as they stand, and let no button do what cannot be done. */
function arrange(part) {
  const rows = rowsOf(part)
  const at = part.dataset.rows.length + 1
  // by way of other numbers: radio buttons of two rows must not have one name for a moment
  rows.forEach((row, index) => {
    const name = row.querySelector("input[type=hidden]").name
    rename(row, part, name.slice(at, name.indexOf("]", at)), `~${index}`)
  })
  rows.forEach((row, index) => {
    rename(row, part, `~${index}`, index)
    own(row, "up").disabled = index === 0
    own(row, "down").disabled = index === rows.length - 1
    own(row, "remove").disabled = rows.length <= Number(part.dataset.least)
  })
  part.querySelector(":scope > [data-act=add]").disabled = rows.length >= Number(part.dataset.most)
}

function own(row, verb) {
  return row.querySelector(`:scope > .cluster > [data-act=${verb}]`)
}

/** Give a row another number: in the names of its fields, and in the ids that tie labels and errors to them. */
function rename(row, part, from, to) {
  if (typeof to === "number") row.setAttribute("aria-label", `${part.dataset.label} ${to + 1}`)
  const names = [`${part.dataset.rows}[${from}]`, `${part.dataset.rows}[${to}]`]
  const ids = [`${part.id}-${from}`, `${part.id}-${to}`]
  const visit = (element) => {
    for (const attribute of element.attributes) {
      if (["name", "data-field", "data-rows", "data-lookup"].includes(attribute.name) || element.name === "_action") {
        attribute.value = begin(attribute.value, ...names)
      } else if (attribute.name === "data-when") {
        attribute.value = attribute.value.replaceAll(`"${names[0]}`, `"${names[1]}`)
      } else if (["id", "for", "aria-describedby", "aria-labelledby", "aria-controls"].includes(attribute.name)) {
        attribute.value = attribute.value.split(" ").map((id) => begin(id, ...ids)).join(" ")
      }
    }
    for (const child of (element.content ?? element).children) visit(child)
  }
  visit(row)
}

function begin(text, from, to) {
  return text === from || (text.startsWith(from) && ".-:[".includes(text[from.length])) ? to + text.slice(from.length) : text
}

// ---- fields that count only at times

function conditions(form) {
  if (!form?.hasAttribute("data-form")) return
  const data = new FormData(form)
  for (const field of form.querySelectorAll("[data-when]")) {
    field.hidden = !Object.entries(JSON.parse(field.dataset.when)).every(([name, wanted]) => {
      const given = data.getAll(name)
      return given.some((value) => wanted.includes(value)) || (!given.length && wanted.includes("false"))
    })
  }
  for (const control of form.querySelectorAll("[data-required]")) control.required = !control.closest("[data-when][hidden]")
}

// ---- long lists

function searchable(select) {
  if (select.dataset.ready) return
  select.dataset.ready = "1"
  const all = [...select.options]
  const search = document.createElement("input")
  search.type = "search"
  search.autocomplete = "off"
  search.placeholder = select.dataset.search
  search.setAttribute("aria-label", select.dataset.search)
  search.setAttribute("aria-controls", select.id)
  search.className = "search"
  search.addEventListener("input", () => {
    const words = fold(search.value).split(" ")
    const matches = (option) => option.selected || words.every((word) => fold(option.label).includes(word))
    select.replaceChildren(...all.filter(matches))
  })
  select.before(search)
}

function fold(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim()
}

// ---- one of very many: a combobox over what the server finds (ARIA Authoring Practices, "Combobox With List Autocomplete")

function lookup(part) {
  if (part.dataset.ready || part.closest("template")) return
  part.dataset.ready = "1"
  const input = part.querySelector("input[type=search]")
  const select = part.querySelector("select")
  const status = part.querySelector("[role=status]")
  const list = document.createElement("ul")
  const state = { part, input, select, status, list, active: -1, timer: 0, request: null }
  list.id = `${input.id}-list`
  list.hidden = true
  list.setAttribute("role", "listbox")
  list.setAttribute("aria-label", input.getAttribute("aria-label"))
  part.querySelector(".toolbar").after(list)
  part.querySelectorAll("[data-find], input[type=hidden]").forEach((element) => element.remove())
  input.removeAttribute("name") // what is typed is no part of what is sent
  input.value = ""
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value)
  if (select) {
    const label = document.getElementById(`${select.id}-label`)
    select.hidden = true
    label?.setAttribute("for", input.id)
    if (label) {
      input.removeAttribute("aria-label")
      list.setAttribute("aria-labelledby", label.id)
    }
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) input.setAttribute(name, select.getAttribute(name))
    }
    settle(state)
  } else part.querySelectorAll("input[type=checkbox]:not(:checked)").forEach((box) => box.parentElement.remove())
  input.addEventListener("input", () => {
    input.dataset.typed = "1"
    clearTimeout(state.timer)
    state.timer = setTimeout(() => find(state), 200)
  })
  input.addEventListener("click", () => list.hidden && find(state, ""))
  input.addEventListener("keydown", (event) => pressed(state, event))
  input.addEventListener("blur", () => {
    close(state)
    settle(state)
  })
  list.addEventListener("mousedown", (event) => event.preventDefault()) // the control keeps the focus
  list.addEventListener("click", ({ target }) => {
    const option = target.closest("[role=option]")
    if (option) choose(state, option)
  })
}

/** Show what is chosen in the control that people type into; nothing typed there means that nothing is chosen. */
function settle({ input, select }) {
  if (!select) return
  const empty = [...select.options].find((option) => option.value === "")
  if (input.dataset.typed && !input.value && empty && select.value) {
    select.value = ""
    select.dispatchEvent(new Event("change", { bubbles: true }))
  }
  delete input.dataset.typed
  input.value = select.value ? select.selectedOptions[0].label : ""
}

async function find(state, text = state.input.value) {
  const { part, input, status } = state
  const form = input.form
  const data = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === "string") data.append(name, value)
  data.set("_action", `${part.dataset.lookup}:find`)
  data.set(`${part.dataset.lookup}._find`, text)
  state.request?.abort()
  state.request = new AbortController()
  try {
    const response = await fetch(form.getAttribute("action") || location.href, {
      method: "POST",
      body: data,
      headers: { "Form-Check": "1", Accept: "application/json" },
      signal: state.request.signal,
    })
    if (!response.ok || document.activeElement !== input) return
    const { options, more } = await response.json()
    status.textContent = options.length ? (more ? part.dataset.more : "") : part.dataset.nothing
    open(state, options)
  } catch {
    // the network failed, or more was typed: the next key asks again
  }
}

function open(state, options) {
  const { part, input, select, list } = state
  const chosen = new Set(select ? [select.value] : [...part.querySelectorAll(":checked")].map((box) => box.value))
  list.replaceChildren(...options.map(({ value, label }, index) => {
    const option = document.createElement("li")
    option.id = `${list.id}-${index}`
    option.dataset.value = value
    option.textContent = label
    option.setAttribute("role", "option")
    option.setAttribute("aria-selected", String(chosen.has(value)))
    return option
  }))
  list.hidden = !options.length
  input.setAttribute("aria-expanded", String(!list.hidden))
  move(state, -1)
}

function close(state) {
  clearTimeout(state.timer)
  state.request?.abort()
  state.list.hidden = true
  state.input.setAttribute("aria-expanded", "false")
  move(state, -1)
}

function move(state, to) {
  const options = [...state.list.children]
  state.active = to
  options.forEach((option, index) => option.toggleAttribute("data-active", index === to))
  if (options[to]) {
    state.input.setAttribute("aria-activedescendant", options[to].id)
    options[to].scrollIntoView({ block: "nearest" })
  } else state.input.removeAttribute("aria-activedescendant")
}

function pressed(state, event) {
  const { list, active, input } = state
  const last = list.children.length - 1
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault()
    if (list.hidden) find(state, "")
    else if (event.key === "ArrowDown") move(state, active < last ? active + 1 : 0)
    else move(state, active > 0 ? active - 1 : last)
  } else if (event.key === "Enter" && !list.hidden) {
    event.preventDefault()
    if (active >= 0) choose(state, list.children[active])
  } else if (event.key === "Escape") {
    event.preventDefault()
    if (list.hidden) input.value = ""
    close(state)
    delete input.dataset.typed
    settle(state)
  }
}

function choose(state, option) {
  const { part, input, select } = state
  const { value } = option.dataset
  if (select) {
    if (![...select.options].some((known) => known.value === value)) select.add(new Option(option.textContent, value))
    select.value = value
    delete input.dataset.typed
    settle(state)
    select.dispatchEvent(new Event("change", { bubbles: true }))
  } else {
    const boxes = part.querySelector(".options")
    const known = [...boxes.querySelectorAll("input")].find((box) => box.value === value)
    if (known) known.checked = !known.checked
    else {
      const label = document.createElement("label")
      const box = document.createElement("input")
      Object.assign(box, { type: "checkbox", name: part.dataset.lookup, value, checked: true })
      label.append(box, ` ${option.textContent}`)
      boxes.append(label)
    }
    input.value = ""
    boxes.querySelector("input").dispatchEvent(new Event("change", { bubbles: true }))
  }
  close(state)
}

// ---- images before they are sent

async function preview(input) {
  const canvas = input.closest(FIELD).querySelector("canvas")
  const file = input.files[0]
  canvas.hidden = true
  if (!file) return
  try {
    const image = await createImageBitmap(file)
    const scale = Math.min(1, 384 / Math.max(image.width, image.height))
    canvas.width = Math.max(1, Math.round(image.width * scale))
    canvas.height = Math.max(1, Math.round(image.height * scale))
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height)
    image.close()
    canvas.hidden = false
  } catch {
    // no image: the server says so when it is sent
  }
}

// ---- wiring

function ready(root) {
  for (const form of root.querySelectorAll("form[data-form]")) {
    form.noValidate = true // its own errors say more, stay in sight, and are read out
    conditions(form)
    form.querySelectorAll("[data-rows]").forEach(arrange)
    form.querySelectorAll("select[data-search]").forEach(searchable)
    form.querySelectorAll("[data-lookup]").forEach(lookup)
    form.querySelector(":scope > .errors")?.focus()
  }
}

document.addEventListener("change", ({ target }) => {
  if (!target.form?.hasAttribute("data-form")) return
  conditions(target.form)
  if (target.type === "file") mark(target.closest(FIELD), []) // what was said of the file before holds no more
  if (target.hasAttribute("data-preview")) preview(target)
  touch(target, 50)
})
document.addEventListener("input", ({ target }) => {
  if (!target.form?.hasAttribute("data-form")) return
  if (target.type === "range") target.nextElementSibling.value = target.value
  if (target.getAttribute("aria-invalid") === "true") touch(target, 400)
})
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("form[data-form] [data-act]")
  if (!button) return
  event.preventDefault()
  act(button)
})
new MutationObserver((changes) => {
  if (changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.querySelector?.("form[data-form]") || node.matches?.("form[data-form]")))) ready(document)
}).observe(document.body, { childList: true, subtree: true })
ready(document)
