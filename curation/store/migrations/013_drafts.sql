-- A reply begins as a draft: `state` is also draft, in_review, changes_requested, approved or superseded. `needed`: approvals by
-- others that the rules asked for when it was last decided on. `suggestion`: the text its writer began with, where one was suggested.
alter table reply add column needed integer default 0;
alter table reply add column suggestion varchar;

-- Every text anybody saved. `version` is the reply's at which it held; null for one that was refused and put aside.
create table reply_text (
    id bigint not null,
    comment_id bigint not null,
    who varchar not null,
    marker varchar,
    version integer,
    text varchar not null,
    made_at timestamp not null
);

-- What was decided on a reply: `decision` is ask, approve, changes or void. It holds for the text with `text_hash` (md5), and for a
-- thread that reads as `digest` says.
create table review (
    id bigint not null,
    marker varchar not null,
    version integer not null,
    who varchar not null,
    decision varchar not null,
    why varchar,
    text_hash varchar not null,
    digest varchar not null,
    made_at timestamp not null
);

-- What a reviewer said of one line; the first is 1.
create table review_line (
    review_id bigint not null,
    line integer not null,
    text varchar not null
);

-- Texts used again. `topic` is empty where it fits any.
create table canned (
    key varchar not null,
    language varchar not null,
    topic varchar not null,
    text varchar not null,
    version integer not null,
    who varchar not null,
    changed_at timestamp not null,
    uses bigint not null,
    used_at timestamp
);
