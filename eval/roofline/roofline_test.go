package roofline
