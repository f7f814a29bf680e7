"""Workbooks as spreadsheet programs write them, as small as they may be."""

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence
from xml.sax.saxutils import escape

Cell = str | int | float | None
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"


def xlsx(lines: Sequence[Sequence[Cell]]) -> bytes:
    rows = "".join(f"<row>{''.join(map(_cell, line))}</row>" for line in lines)
    return _archive(
        {
            "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/>'
            "</Types>",
            "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship '
            f'Id="r1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><sheets>'
            '<sheet name="Stock" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
            f'<Relationship Id="r1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
            "xl/worksheets/sheet1.xml": f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>{rows}'
            "</sheetData></worksheet>",
        }
    )


def ods(lines: Sequence[Sequence[Cell]]) -> bytes:
    rows = "".join(
        f"<table:table-row>{''.join(map(_open_cell, line))}</table:table-row>" for line in lines
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    return _archive(
        {
            "mimetype": kind,
            "META-INF/manifest.xml": f'{_XML}<m:manifest xmlns:m="{_OPEN}:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="{kind}"/></m:manifest>',
            "content.xml": f'{_XML}<office:document-content xmlns:office="{_OPEN}:office:1.0" '
            f'xmlns:table="{_OPEN}:table:1.0" xmlns:text="{_OPEN}:text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="Stock">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def old_xls() -> bytes:
    """One of Excel 97 to 2003: 0012 five times, 1002 not at all, and Α-3 twice."""
    return zlib.decompress(base64.b85decode(_OLD))


def _cell(value: Cell) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def _open_cell(value: Cell) -> str:
    if value is None:
        return "<table:table-cell/>"
    text = f"<text:p>{escape(str(value))}</text:p>"
    kind = 'string"' if isinstance(value, str) else f'float" office:value="{value}"'
    return f'<table:table-cell office:value-type="{kind}>{text}</table:table-cell>'


def _archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


_OLD = (
    "c-rk)O=wd=5dQXU()`e-Nlgo_P(s0~wL;P&cxj&s+LNVvQADVz2^d<E8q-5PXtm}jD4rBAg<iZ=dr&L(P;VXz6+H"
    "-okkq3mp@N4t&)La)G}Q<VXi?ekv9pueZ)YdFv-^JDtb__P^KC`^fPP4nEFbDBY=Vl<`4I%QTb5Ft+DpaK_^06W("
    "n8j`@v>prqt;NZcM%4jxL%P2R;irFI0iH6WMl_%jAMuk6+<6Mfrn%Xpp~O)VtJ9}E|!m(xybSeTW+)LBW^*Q!-_f"
    "Bb=c10vqlHE1)%&s=RP0U5<@dyt1P~LN0hm49L=WUV}EBuyQ?0vpmiHarjyzDSOH;Lz*&5?BEXunQ<oyzzO!}#vV"
    "YrZ_f)apGhDzFtP7mrd9+|vsuqv9E0^T5T#!%YqMVoOI7CYhE_BFVxs(|no=7D~y*v?5=Tf;z@)M25dZ>y;qdgMj"
    ";2?V8S0^^_@Zgpm-oTk(Pcnf<)<c~CL2|$T=*!!aBSYpeTc-F_FQ5H;RJgEkL-nA}0d8@zRNO9>2Uy-@ue(`qV;Q"
    "FKsqP$Vwv`jp%(=y_oit7_<DI#;Lf=Pv{`0AY_WUPvKk0J=#jD}D_vQ>b=w6hd{_2`Wx9AoR?kl`7om$xE#7CB`K"
    "b;v~BWTBN**CaGZ19|c=0l<UOU;h3`JxJ6FkgARX81Xt5G`eyZ&cwM%$GKQbM_TqR^dzLyKKH>zKW~gXu>nqkxsl"
    "#_@SYpp`oFnp`oGiD+v49UD{9bZu<?vV}IA#pi<JGN&Z`$Mux5&y_g<Hn(8bjYs#M%xP{|OY_pH^y-?u{jh@9QMm"
    "Ubqn)8?5@I>YR*>=a^@7qGPj$f)J&Obc<cShyT7X"
)
