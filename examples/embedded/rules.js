// Everybody pays what things cost; ten are cheaper than one; and ann works here.
export const rules = {
    total(items, customer) {
        if (items.length === 0) throw new ComponentError('the order is empty');
        if (customer === 'loop') for (;;);
        let total = 0;
        for (const [name, price, count] of items) {
            const discount = count >= 10 ? 0.9 : 1;
            console.log(`${count} × ${name}`);
            total += price * count * discount;
        }
        return Math.round(customer === 'ann' ? total * 0.8 : total);
    },
};
