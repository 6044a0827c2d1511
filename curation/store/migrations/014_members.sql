-- When each member last signed in, as the provider says.
create table sign_in (
    member varchar primary key,
    signed_in_at timestamp not null
);
