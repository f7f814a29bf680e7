"""The courier voucher on paper: the label, the press that draws it, where it is fetched."""
