/**
 * The tables of a store's file, in numbered steps: step N brings a file of version N - 1 to version N. A step that was released
 * is never changed; a new version is a new step.
 *
 * message   one row for each message that a mailbox got: its own, or (`source`) a copy of a published one, whose text is kept once.
 * waiting   what is not settled yet, in the order in which it is handed out; a row goes with the settlement.
 * running   attempts that were written down before they began, since the last owner did not end in order.
 * suspect   messages of such attempts during which the process ended once more.
 * fate      what became of a message, step by step: the ends of its attempts, and moves that no attempt made.
 * failure   the messages of the errors among the fates, for free text: errors with their stacks would take twenty times as long to read.
 * dead      the dead letters.
 * meta      what is known about the whole; `whole` is explained in checkpoint.ts.
 * The two lists for history (`by_conversation`, `by_agent`) and the full text (`text`) are filled late, in slices: `indexed`
 * and `worded` say up to which message. Filling them with each message would halve the speed, since their pages lie scattered.
 * The words come cut and in lower case (core `words`), so that SQLite has nothing to decide. What is
 * forgotten is dropped from them when they are merged anyway: merging because of it (`deletemerge`) stopped the writer for 3 s at a time.
 */
export const steps: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  INSERT INTO meta VALUES ('epoch', 0), ('clean', 1), ('indexed', 0), ('worded', 0), ('probes', 0), ('whole', 1),
    ('durability', 'durable');

  CREATE TABLE mailbox (number INTEGER PRIMARY KEY, address TEXT NOT NULL UNIQUE, rule TEXT NOT NULL);

  CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    place TEXT NOT NULL,
    mailbox TEXT,
    source INTEGER,
    conversation TEXT NOT NULL,
    sender TEXT NOT NULL,
    reader TEXT,
    at INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mark TEXT,
    body TEXT
  );
  CREATE UNIQUE INDEX message_id ON message (id, place);
  CREATE INDEX message_mark ON message (mark, at) WHERE mark IS NOT NULL;
  CREATE INDEX message_copies ON message (source) WHERE source IS NOT NULL;

  CREATE TABLE waiting (
    mailbox INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    size INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    due INTEGER,
    attempts TEXT,
    PRIMARY KEY (mailbox, lane, seq)
  ) WITHOUT ROWID;
  CREATE INDEX waiting_due ON waiting (mailbox, due, seq) WHERE due IS NOT NULL;
  CREATE INDEX waiting_tried ON waiting (mailbox) WHERE attempts IS NOT NULL;

  CREATE TABLE running (seq INTEGER NOT NULL, mailbox TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (seq, mailbox)) WITHOUT ROWID;
  CREATE TABLE suspect (seq INTEGER PRIMARY KEY);

  CREATE TABLE fate (
    seq INTEGER NOT NULL,
    step INTEGER NOT NULL,
    state TEXT NOT NULL,
    number INTEGER NOT NULL,
    outcome TEXT,
    started INTEGER,
    ended INTEGER,
    error TEXT,
    PRIMARY KEY (seq, step)
  ) WITHOUT ROWID;
  CREATE TABLE failure (seq INTEGER NOT NULL, step INTEGER NOT NULL, message TEXT, PRIMARY KEY (seq, step)) WITHOUT ROWID;
  CREATE TRIGGER fate_failure AFTER INSERT ON fate WHEN NEW.error IS NOT NULL BEGIN
    INSERT INTO failure VALUES (NEW.seq, NEW.step, json_extract(NEW.error, '$.message'));
  END;

  CREATE TABLE dead (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
    mailbox TEXT,
    reason TEXT NOT NULL,
    error TEXT,
    attempts TEXT NOT NULL,
    died INTEGER NOT NULL,
    generation INTEGER NOT NULL
  );
  CREATE INDEX dead_seq ON dead (seq);

  CREATE TABLE state (key TEXT PRIMARY KEY, version INTEGER NOT NULL, json TEXT NOT NULL, mailbox TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE binding (sequence INTEGER PRIMARY KEY, pattern TEXT NOT NULL, mailbox TEXT NOT NULL, UNIQUE (mailbox, pattern));
  CREATE TABLE part (id TEXT NOT NULL, number INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (id, number)) WITHOUT ROWID;
  CREATE TABLE spent (conversation TEXT PRIMARY KEY, amounts TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE by_conversation (conversation TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (conversation, seq)) WITHOUT ROWID;
  CREATE TABLE by_agent (agent TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (agent, seq)) WITHOUT ROWID;
  CREATE VIRTUAL TABLE text USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3');
  INSERT INTO text (text, rank) VALUES ('deletemerge', 0);
  `,
];

/** The version that this release writes. */
export const VERSION = steps.length;
/** Marks a file as ours in its header (PRAGMA application_id): "hmod". */
export const APPLICATION = 0x686d6f64;
