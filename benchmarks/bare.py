"""The alternative to our form post: an endpoint that validates the form and commits one row."""

import sys
from pathlib import Path

import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from sqlalchemy import insert

from app.domain.spec import parse
from app.store.database import Database
from app.store.encryption import Cipher
from app.store.tables import Table, User, new_id, now


def create_app(folder: Path) -> FastAPI:
    """One table, one route; the same database library and pragmas as the portal's."""
    app = FastAPI()
    cipher = Cipher([Fernet.generate_key().decode()])
    database = Database(f"sqlite+aiosqlite:///{folder}/bare.db", cipher)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        async with database.engine.begin() as connection:
            await connection.run_sync(Table.metadata.create_all)
        return {"status": "ok"}

    @app.post("/deployments")
    async def create(request: Request) -> RedirectResponse:
        form = await request.form()
        spec, _ = parse({name: str(value) for name, value in form.items()})
        row = {"id": new_id(), "sub": new_id(), "email": spec.name, "name": "", "created_at": now()}
        async with database.write() as tx:
            await tx.execute(insert(User).values(row))
        return RedirectResponse(f"/deployments/{row['id']}", status_code=303)

    return app


if __name__ == "__main__":
    uvicorn.run(create_app(Path(sys.argv[1])), port=int(sys.argv[2]), log_config=None)
