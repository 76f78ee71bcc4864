/** Hidden: as the hub writes it in the place of what nobody is shown. It is not to be sent for the thing itself. */
export const HIDDEN = "[hidden by the hub]";
