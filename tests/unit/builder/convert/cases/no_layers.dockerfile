FROM empty
CMD ["x"]
