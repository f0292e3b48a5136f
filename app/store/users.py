"""Users, their browsers' sessions, sign-ins under way, and grants."""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.store.tables import Grant, Session, SignIn, User, new_id, now

SESSION_LASTS = timedelta(days=7)
SIGN_IN_LASTS = timedelta(minutes=10)


async def begin_sign_in(
    tx: AsyncSession,
    *,
    state: str,
    browser: str,
    code_verifier: str,
    nonce: str,
    return_to: str,
) -> None:
    """Remember a sign-in for ten minutes, and forget those that were never finished."""
    await tx.execute(delete(SignIn).where(SignIn.expires_at < now()))
    tx.add(
        SignIn(
            state=state,
            browser=browser,
            code_verifier=code_verifier,
            nonce=nonce,
            return_to=return_to,
            expires_at=now() + SIGN_IN_LASTS,
        )
    )


async def take_sign_in(tx: AsyncSession, state: str) -> SignIn | None:
    """The sign-in begun with `state`; it can be taken once, and in time."""
    found = await tx.get(SignIn, state)
    if found is None:
        return None
    await tx.delete(found)
    return found if found.expires_at > now() else None


async def signed_in(tx: AsyncSession, *, sub: str, email: str, name: str) -> User:
    """The user behind Google's `sub`, made at the first sign-in and kept up to date."""
    user = await tx.scalar(select(User).where(User.sub == sub))
    if user is None:
        user = User(id=new_id(), sub=sub, email=email, name=name, created_at=now())
        tx.add(user)
    user.email, user.name = email, name
    await tx.flush()
    return user


async def begin_session(tx: AsyncSession, user: User) -> str:
    """A new session of `user`; returns the token for the cookie, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    tx.add(
        Session(
            token_hash=_hash(token),
            user_id=user.id,
            csrf_token=secrets.token_urlsafe(24),
            created_at=now(),
            expires_at=now() + SESSION_LASTS,
        )
    )
    await tx.flush()
    return token


async def session_of(session: AsyncSession, token: str) -> tuple[Session, User] | None:
    """The session of a cookie's token and its user, unless it is over."""
    found = (
        await session.execute(
            select(Session, User)
            .join(User, User.id == Session.user_id)
            .where(Session.token_hash == _hash(token), Session.expires_at > now())
        )
    ).first()
    return None if found is None else (found[0], found[1])


async def end_session(tx: AsyncSession, token: str) -> None:
    """Sign the browser out."""
    await tx.execute(delete(Session).where(Session.token_hash == _hash(token)))


async def keep_grant(tx: AsyncSession, user_id: str, refresh_token: str, scopes: str) -> None:
    """Keep what a user allowed, in place of what they allowed before."""
    await tx.merge(
        Grant(user_id=user_id, refresh_token=refresh_token, scopes=scopes, granted_at=now())
    )


async def grant_of(session: AsyncSession, user_id: str) -> Grant | None:
    """What the user allows the portal to do, if anything."""
    return await session.get(Grant, user_id)


async def drop_grant(tx: AsyncSession, user_id: str) -> None:
    """Forget a grant that no longer works."""
    await tx.execute(delete(Grant).where(Grant.user_id == user_id))


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
