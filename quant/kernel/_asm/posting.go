package main

func posting() {}
