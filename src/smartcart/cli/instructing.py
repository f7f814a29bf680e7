"""`smartcart orders cancel …` and the other things an operator may have done to an order.

The commands are made of the marketplace's table of instructions: a field is an option.
"""

from pathlib import Path

import click
import msgspec
from msgspec import inspect

from smartcart.cli.common import command, config_option, database_option, json_option, show_json
from smartcart.cli.market import check_is_there, configured, opened
from smartcart.marketplace.actions import operating
from smartcart.marketplace.actions.instructions import INSTRUCTIONS, Instruction


def add_to(group: click.Group) -> None:
    """A command for every instruction, by its name."""
    for name, kind in INSTRUCTIONS.items():
        group.add_command(_command(name, kind))


def _command(name: str, kind: type[Instruction]) -> click.Command:
    @click.argument("code")
    @json_option
    @database_option
    @config_option
    @command
    async def instruct(
        config: Path | None, database: str | None, code: str, as_json: bool, **given: object
    ) -> None:
        chosen = configured(config, database=database)
        act = _instruction(kind, given).act(chosen.terms)
        await check_is_there(chosen)
        async with opened(chosen) as where:
            after = await operating.operate(where, code, act)
        if as_json:
            show_json({"code": code, "state": after.state})
        else:
            click.echo(f"{code} {after.state}")

    made = click.command(name, help=f"{kind.__doc__}\n\nCODE is the order's.")(instruct)
    made.params += [_parameter(field) for field in msgspec.structs.fields(kind)]
    return made


def _instruction(kind: type[Instruction], given: dict[str, object]) -> Instruction:
    named = {name: value for name, value in given.items() if value is not None}
    try:
        return msgspec.convert(named, kind, strict=False)
    except msgspec.ValidationError as error:
        what, _, field = str(error).rpartition(" - at `$.")
        raise click.UsageError(f"{field.rstrip('`')}: {what}.") from None


def _parameter(field: msgspec.structs.FieldInfo) -> click.Parameter:
    """As the field's type says: a flag, a choice, a text that may be given again, …"""
    told = inspect.type_info(field.type)
    assert isinstance(told, inspect.Metadata), f"{field.name} needs Meta(description=…)"
    if (told.extra or {}).get("argument"):
        return click.Argument([field.name])
    text = str((told.extra_json_schema or {})["description"])
    option = "--" + field.name.replace("_", "-")
    match told.type:
        case inspect.BoolType():
            return click.Option([option, field.name], is_flag=True, help=text)
        case inspect.VarTupleType():
            return click.Option([option.removesuffix("s"), field.name], multiple=True, help=text)
        case inspect.EnumType(cls):
            shown = f"{text}  [default: {field.default}]"
            choice = click.Choice([member.value for member in cls])
            return click.Option([option, field.name], type=choice, help=shown)
        case inspect.FloatType():
            return click.Option([option, field.name], type=float, required=True, help=text)
        case _:
            return click.Option([option, field.name], required=field.required, help=text)
