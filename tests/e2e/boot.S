/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A boot sector that reads the 64 sectors behind it through the BIOS, REPEAT times,
 * writes them to sector 128 on, and says so on the first serial port; then it ends
 * QEMU by its isa-debug-exit device (port 0xf4): exit status 33, or 65 when
 * something was not as it should be.  Each of the 64 sectors begins with the word
 * 0x1111.
 */
	.set	REPEAT, 20
	.set	SECTORS, 64
	.set	BUFFER, 0x8000

	.code16
	.globl	_start
_start:
	xor	%ax, %ax
	mov	%ax, %ds
	mov	%ax, %es
	mov	%ax, %ss
	mov	$0x7c00, %sp
	mov	%dl, drive
	mov	$booted, %si
	call	say
	mov	$REPEAT, %bp
again:
	mov	$0x42, %ah		/* extended read */
	call	disk
	call	compare
	dec	%bp
	jnz	again
	movl	$128, sector
	mov	$0x4300, %ax		/* extended write */
	call	disk
	mov	$done, %si
	call	say
	mov	$16, %al
	out	%al, $0xf4

disk:
	mov	$packet, %si
	mov	drive, %dl
	int	$0x13
	jc	failed
	ret

compare:
	mov	$BUFFER, %bx
	mov	$SECTORS, %cx
1:	cmpw	$0x1111, (%bx)
	jne	failed
	add	$512, %bx
	loop	1b
	ret

failed:
	mov	$bad, %si
	call	say
	mov	$32, %al
	out	%al, $0xf4
	hlt

say:
	mov	$0x3f8, %dx
1:	lodsb
	out	%al, %dx
	test	%al, %al
	jnz	1b
	ret

drive:	.byte	0
booted:	.asciz	"booted\r\n"
done:	.asciz	"read and written\r\n"
bad:	.asciz	"bad\r\n"
	.balign	4
packet:	.byte	16, 0
	.word	SECTORS, BUFFER, 0
sector:	.long	1, 0
	.org	510
	.word	0xaa55
