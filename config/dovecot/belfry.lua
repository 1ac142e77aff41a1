-- belfry.lua: reports events of mailboxes to belfry, from Dovecot 2.3.19 and newer, and Dovecot 2.4.
--
-- All events of a transaction (a delivery, one command of an IMAP client) go to belfry in one HTTP request when the
-- transaction has succeeded. belfry answers when they are on disk. Dovecot waits for that answer, so the wait has a limit:
-- if belfry does not answer in time, the events are lost, this script logs that in Dovecot's log, and sends nothing more
-- for a while, so that a stopped belfry costs Dovecot almost no time.
--
-- Debian's dovecot-core includes Lua; other systems may have a package dovecot-lua. Tested with 2.3.19.1 and 2.4.1.
--
-- Dovecot 2.3, for instance in conf.d/95-belfry.conf:
--
--     mail_plugins = $mail_plugins mail_lua notify push_notification push_notification_lua
--     plugin {
--       push_notification_driver = lua:file=/usr/share/belfry/dovecot/belfry.lua
--       belfry_url = http://127.0.0.1:8090/dovecot
--       belfry_server = imap.example.org
--     }
--
-- A `protocol imap { mail_plugins = … }` or `protocol lmtp { … }` of your own needs these plugins as well.
--
-- Dovecot 2.4:
--
--     mail_plugins {
--       mail_lua = yes
--       notify = yes
--       push_notification = yes
--       push_notification_lua = yes
--     }
--     push_notification belfry {
--       driver = lua
--       lua_file = /usr/share/belfry/dovecot/belfry.lua
--       lua_settings {
--         belfry_url = http://127.0.0.1:8090/dovecot
--         belfry_server = imap.example.org
--       }
--     }
--
-- Settings:
--
--   belfry_url             The address of belfry (its http_listen), with the path /dovecot. With a name and password:
--                          http://name:password@host/dovecot, with %XX for all but letters and digits (2.3: %%XX).
--   belfry_token           A bearer token, instead of name and password.
--   belfry_server          Name of this mail server, for the URLs of the mailboxes. Default: localhost.
--   belfry_timeout_msecs   The longest that a session waits for one request, in milliseconds. Default: 500.
--   belfry_pause_secs      After a request has failed, nothing is sent for so many seconds. Default: 30.
--   belfry_pause_file      A file by which all sessions of this server share the pause. Without it each session finds out
--                          itself: an IMAP session once in a pause, a delivery each time. Put it into a directory that
--                          belongs to the one system user who owns all mail and that nobody else can write to.
--                          Default: none.
--   belfry_snippet         yes: also send the beginning of the text of a new message (at most 200 characters). It is then
--                          in belfry's spool, in its log and at its receivers. Default: no.
--
-- Do not configure a second push notification driver that sends the same events to belfry: belfry takes each event once,
-- but each driver makes the sessions wait separately.

local defaults = { belfry_timeout_msecs = 500, belfry_pause_secs = 30 }

-- A request is sent before it becomes larger than this; belfry accepts 4 MiB by default (http_max_body).
local largest_request = 512 * 1024

-- Answers that concern only this request: belfry may accept the next one.
local about_request = { [400] = true, [413] = true, [415] = true, [422] = true }

-- Set by Dovecot 2.4 when it loads the script; 2.3 keeps the settings with the user.
local settings_of_script = {}

local client
local client_timeout
local paused_until = 0
local unsent = 0

function script_init(settings)
  settings_of_script = settings or {}
  return 0
end

local function setting(user, name)
  local value = settings_of_script[name]
  if value == nil and user.plugin_getenv then value = user:plugin_getenv(name) end
  if value == nil or value == '' then return defaults[name] end
  return value
end

-- JSON -----------------------------------------------------------------------------------------------------------------

local replacement = '\239\191\189'

-- The length of the UTF-8 character at `at`, or nil when there is none (RFC 3629).
local function character_length(text, at)
  local first, second = text:byte(at, at + 1)
  if first < 0x80 then return 1 end
  local length, low, high = nil, 0x80, 0xbf
  if first >= 0xc2 and first <= 0xdf then length = 2
  elseif first >= 0xe0 and first <= 0xef then
    length = 3
    if first == 0xe0 then low = 0xa0 elseif first == 0xed then high = 0x9f end
  elseif first >= 0xf0 and first <= 0xf4 then
    length = 4
    if first == 0xf0 then low = 0x90 elseif first == 0xf4 then high = 0x8f end
  end
  if length == nil or second == nil or second < low or second > high then return nil end
  for more = at + 2, at + length - 1 do
    local byte = text:byte(more)
    if byte == nil or byte < 0x80 or byte > 0xbf then return nil end
  end
  return length
end

-- A header may contain any bytes; JSON is UTF-8.
local function clean(text)
  if not text:find('[\128-\255]') then return text end
  local parts, at = {}, 1
  while at <= #text do
    local length = character_length(text, at)
    parts[#parts + 1] = length and text:sub(at, at + length - 1) or replacement
    at = at + (length or 1)
  end
  return table.concat(parts)
end

local function quote(text)
  return '"' .. clean(text):gsub('[%c"\\]', function(character)
    if character == '"' or character == '\\' then return '\\' .. character end
    return string.format('\\u%04x', character:byte())
  end) .. '"'
end

local function encode_list(list, encode)
  local parts = {}
  for i, value in ipairs(list) do parts[i] = encode(value) end
  return '[' .. table.concat(parts, ',') .. ']'
end

local function number(value)
  return string.format('%d', value)
end

-- An object of what is there, in the order of `members`: pairs of a name and a value.
local function object(members)
  local parts = {}
  for _, member in ipairs(members) do
    local name, value = member[1], member[2]
    local text
    if type(value) == 'number' then text = number(value)
    elseif type(value) == 'string' and value ~= '' then text = quote(value)
    elseif type(value) == 'table' and #value > 0 then
      text = encode_list(value, type(value[1]) == 'number' and number or quote)
    end
    if text then parts[#parts + 1] = quote(name) .. ':' .. text end
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

-- The pause ------------------------------------------------------------------------------------------------------------

local function is_paused(ctx)
  local now = os.time()
  if now < paused_until then return true end
  local file = ctx.pause_file and io.open(ctx.pause_file, 'r')
  if not file then return false end
  local noted = tonumber(file:read(20) or '') or 0
  file:close()
  -- A clock that was set back must not make the pause longer.
  if noted > now + ctx.pause then return false end
  paused_until = math.max(paused_until, noted)
  return now < noted
end

local function pause(ctx)
  paused_until = os.time() + ctx.pause
  local file = ctx.pause_file and io.open(ctx.pause_file, 'w')
  if not file then return end
  file:write(number(paused_until), '\n')
  file:close()
end

-- Sending --------------------------------------------------------------------------------------------------------------

-- Only one attempt, so that times to connect and between attempts do not add up.
local function make_client(timeout)
  -- Dovecot 2.4 refuses the names of 2.3; 2.3 accepts and ignores those of 2.4, so check for 2.3 first.
  local made, result = pcall(dovecot.http.client, {
    user_agent = 'belfry.lua', max_attempts = 1, max_connect_attempts = 1, no_auto_retry = true, no_auto_redirect = true,
    request_absolute_timeout_msecs = timeout, request_timeout_msecs = timeout, connect_timeout_msecs = timeout,
    connect_backoff_time_msecs = 1, connect_backoff_max_time_msecs = 1,
  })
  if made then return result end
  local time = number(timeout) .. 'ms'
  return dovecot.http.client({
    user_agent = 'belfry.lua', request_max_attempts = '1', max_connect_attempts = '1', auto_retry = 'no',
    auto_redirect = 'no', request_absolute_timeout = time, request_timeout = time, connect_timeout = time,
    connect_backoff_time = '1ms', connect_backoff_max_time = '1ms',
  })
end

local function post(ctx, body)
  if client == nil or client_timeout ~= ctx.timeout then
    client, client_timeout = make_client(ctx.timeout), ctx.timeout
  end
  local request = client:request({ url = ctx.url, method = 'POST' })
  request:add_header('Content-Type', 'application/json; charset=utf-8')
  if ctx.token then request:add_header('Authorization', 'Bearer ' .. ctx.token) end
  request:set_payload(body)
  local response = request:submit()
  return response:status(), response:reason()
end

-- Returns true if belfry may accept further requests.
local function send(ctx, events)
  local body = ctx.head .. ',"events":[' .. table.concat(events, ',') .. ']}'
  local worked, status, reason = pcall(post, ctx, body)
  if worked and status >= 200 and status < 300 then
    if unsent > 0 then dovecot.i_info('belfry: ' .. unsent .. ' events were not sent before this') end
    unsent = 0
    return true
  end
  local why = worked and ('HTTP ' .. tostring(status) .. ' ' .. tostring(reason)) or tostring(status)
  dovecot.i_error('belfry: ' .. #events .. ' events of ' .. ctx.user .. ' are lost: ' .. why)
  if worked and about_request[status] then return true end
  pause(ctx)
  return false
end

-- The hooks ------------------------------------------------------------------------------------------------------------

function dovecot_lua_notify_begin_txn(user)
  local url = setting(user, 'belfry_url')
  if url == nil then
    dovecot.i_error('belfry: belfry_url is not set; nothing is sent')
    return { events = {} }
  end
  local head = object({
    { 'user', user.username }, { 'server', setting(user, 'belfry_server') }, { 'service', user.service },
    { 'session', user.session_id }, { 'time', os.time() },
  })
  return {
    url = url, user = user.username, head = head:sub(1, -2), token = setting(user, 'belfry_token'),
    timeout = tonumber(setting(user, 'belfry_timeout_msecs')) or defaults.belfry_timeout_msecs,
    pause = tonumber(setting(user, 'belfry_pause_secs')) or defaults.belfry_pause_secs,
    pause_file = setting(user, 'belfry_pause_file'), snippet = setting(user, 'belfry_snippet') == 'yes',
    events = {}, groups = {},
  }
end

local function text_of(list)
  return table.concat(list or {}, ' ')
end

-- Merges events about single messages into one event about many, as other servers send it.
local function about_messages(ctx, event)
  local key = table.concat({
    event.name, event.mailbox, tostring(event.uid_validity), text_of(event.flags), text_of(event.keywords),
    text_of(event.flags_old), text_of(event.keywords_old),
  }, '\0')
  local group = ctx.groups[key]
  if group then
    table.insert(group.uid, event.uid)
    return
  end
  group = {
    name = event.name, mailbox = event.mailbox, uid_validity = event.uid_validity, uid = { event.uid },
    flags = event.flags, keywords = event.keywords, flags_old = event.flags_old, keywords_old = event.keywords_old,
  }
  ctx.groups[key] = group
  table.insert(ctx.events, group)
end

-- With every flag that is set Dovecot also reports that none was cleared, and vice versa.
local function about_flags(ctx, event)
  if #(event.flags or {}) + #(event.keywords or {}) > 0 then about_messages(ctx, event) end
end

-- If n drivers are active, Dovecot reports each mailbox event n times to each driver.
local function about_mailbox(ctx, event)
  local last = ctx.events[#ctx.events]
  if last and last.name == event.name and last.mailbox == event.mailbox and last.mailbox_old == event.mailbox_old then
    return
  end
  table.insert(ctx.events, event)
end

local function about_one_message(ctx, event)
  table.insert(ctx.events, event)
end

local handlers = {
  message_new = about_one_message, message_append = about_one_message,
  message_expunge = about_messages, message_read = about_messages, message_trash = about_messages,
  flags_set = about_flags, flags_clear = about_flags,
  mailbox_create = about_mailbox, mailbox_delete = about_mailbox, mailbox_rename = about_mailbox,
  mailbox_subscribe = about_mailbox, mailbox_unsubscribe = about_mailbox,
}
for name, handler in pairs(handlers) do
  _G['dovecot_lua_notify_event_' .. name] = handler
end

-- The text of a message is sent only if the administrator asks for it.
local function encode(event, with_snippet)
  return object({
    { 'name', event.name }, { 'mailbox', event.mailbox }, { 'mailbox_old', event.mailbox_old },
    { 'uid_validity', event.uid_validity }, { 'uid', event.uid },
    { 'flags', event.flags }, { 'keywords', event.keywords },
    { 'flags_old', event.flags_old }, { 'keywords_old', event.keywords_old },
    { 'from', event.from }, { 'to', event.to }, { 'subject', event.subject },
    { 'snippet', with_snippet and event.snippet or nil },
    { 'message_id', event.message_id },
  })
end

function dovecot_lua_notify_end_txn(ctx, success)
  local count = #ctx.events
  if not success or count == 0 or ctx.url == nil then return end
  if is_paused(ctx) then
    unsent = unsent + count
    return
  end
  local batch, size = {}, 0
  for i, event in ipairs(ctx.events) do
    local text = encode(event, ctx.snippet)
    if size > 0 and size + #text > largest_request then
      if not send(ctx, batch) then
        unsent = unsent + count - i + 1
        return
      end
      batch, size = {}, 0
    end
    batch[#batch + 1], size = text, size + #text + 1
  end
  send(ctx, batch)
end
